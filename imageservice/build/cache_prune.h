// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/time/time.h"

namespace berth::imageservice {

struct CacheEntry;

// Which steps of the cache are to go.
struct CachePrune {
  absl::Time unused_since = absl::InfiniteFuture();  // what was used at it or later stays
  uint64_t keep_bytes = 0;                           // once no more than that are left, all stays
  std::function<bool(const CacheEntry&)> takes = nullptr;  // null: takes all
};

// The places in `entries` of those that go; `entries` has those unused for longest first. What of
// layers is left is counted over all entries, a layer that several have once. Pure.
std::vector<size_t> PlanCachePrune(const std::vector<CacheEntry>& entries, const CachePrune& prune);

// What the layers of `entries` occupy, packed, each once. Pure.
uint64_t LayerBytes(const std::vector<CacheEntry>& entries);

}  // namespace berth::imageservice
