// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/chain_id.h"

#include "absl/strings/str_cat.h"

namespace berth::imageservice {

std::string ChainIdAbove(absl::string_view parent, const Digest& diff_id) {
  return parent.empty() ? diff_id.str()
                        : Digest::OfBytes(absl::StrCat(parent, " ", diff_id.str())).str();
}

std::vector<std::string> ChainIdsOf(const std::vector<Digest>& diff_ids) {
  std::vector<std::string> chain_ids;
  for (const Digest& diff_id : diff_ids) {
    chain_ids.push_back(ChainIdAbove(chain_ids.empty() ? "" : chain_ids.back(), diff_id));
  }
  return chain_ids;
}

}  // namespace berth::imageservice
