// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/cache_prune.h"

#include <map>
#include <set>
#include <string>

#include "imageservice/build/build_cache.h"

namespace berth::imageservice {

uint64_t LayerBytes(const std::vector<CacheEntry>& entries) {
  std::set<std::string> blobs;
  uint64_t bytes = 0;
  for (const CacheEntry& entry : entries) {
    if (entry.step.layer.has_value() && blobs.insert(entry.step.layer->blob.str()).second) {
      bytes += entry.step.layer->size;
    }
  }
  return bytes;
}

std::vector<size_t> PlanCachePrune(const std::vector<CacheEntry>& entries,
                                   const CachePrune& prune) {
  std::map<std::string, size_t> owners;  // of a blob
  for (const CacheEntry& entry : entries) {
    if (entry.step.layer.has_value()) {
      ++owners[entry.step.layer->blob.str()];
    }
  }
  uint64_t left = LayerBytes(entries);
  std::vector<size_t> gone;
  for (size_t i = 0; i < entries.size(); ++i) {
    const CacheEntry& entry = entries[i];
    if (entry.used_at >= prune.unused_since || (prune.keep_bytes > 0 && left <= prune.keep_bytes)) {
      break;
    }
    if (prune.takes != nullptr && !prune.takes(entry)) {
      continue;
    }
    gone.push_back(i);
    if (entry.step.layer.has_value() && --owners[entry.step.layer->blob.str()] == 0) {
      left -= entry.step.layer->size;
    }
  }
  return gone;
}

}  // namespace berth::imageservice
