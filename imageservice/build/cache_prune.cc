// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/cache_prune.h"

#include <map>

namespace berth::imageservice {
namespace {

// How many pieces have each blob.
std::map<std::string, size_t> OwnersOf(const std::vector<CachePiece>& pieces) {
  std::map<std::string, size_t> owners;
  for (const CachePiece& piece : pieces) {
    if (!piece.blob.empty()) {
      ++owners[piece.blob];
    }
  }
  return owners;
}

}  // namespace

uint64_t BytesOf(const std::vector<CachePiece>& pieces) {
  std::map<std::string, size_t> owners = OwnersOf(pieces);
  uint64_t bytes = 0;
  for (const CachePiece& piece : pieces) {
    if (piece.blob.empty() || --owners[piece.blob] == 0) {
      bytes += piece.bytes;
    }
  }
  return bytes;
}

std::vector<size_t> PlanCachePrune(const std::vector<CachePiece>& pieces, const CachePrune& prune) {
  std::map<std::string, size_t> owners = OwnersOf(pieces);
  uint64_t left = BytesOf(pieces);
  std::vector<size_t> gone;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const CachePiece& piece = pieces[i];
    const bool is_little = prune.keep_bytes.has_value() && left <= *prune.keep_bytes &&
                           pieces.size() - gone.size() <= prune.keep_pieces;
    if (piece.used_at >= prune.unused_since || is_little) {
      break;  // what was used later stays all the more
    }
    if (prune.takes != nullptr && !prune.takes(piece.key)) {
      continue;
    }
    gone.push_back(i);
    if (piece.blob.empty() || --owners[piece.blob] == 0) {
      left -= piece.bytes;
    }
  }
  return gone;
}

}  // namespace berth::imageservice
