// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace berth::imageservice {

// A part of what builds keep: a step, or the directory of a cache mount.
struct CachePiece {
  std::string key;
  absl::Time used_at;
  uint64_t bytes = 0;
  std::string blob = "";  // pieces of one blob have the same bytes, once; empty: its own
};

// Which of them are to go.
struct CachePrune {
  absl::Time unused_since = absl::InfiniteFuture();  // what was used at it or later stays
  // Once no more than that are left, all stays; not set: all may go.
  std::optional<uint64_t> keep_bytes = std::nullopt;
  size_t keep_pieces = std::numeric_limits<size_t>::max();      // with keep_bytes: of these, too
  std::function<bool(const std::string& key)> takes = nullptr;  // null: takes all
};

// The places in `pieces` of those that go; `pieces` has those unused for longest first. What is
// left is counted over all pieces. Pure.
std::vector<size_t> PlanCachePrune(const std::vector<CachePiece>& pieces, const CachePrune& prune);

// What they occupy. Pure.
uint64_t BytesOf(const std::vector<CachePiece>& pieces);

}  // namespace berth::imageservice
