// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

#include "base/call.h"

namespace berth::runtime {

// What an undoing may still take once the daemon is about to end.
inline constexpr absl::Duration kShortUndo = absl::Seconds(3);

// When one that began at `begun` has to end, of a daemon that was told to end at `told`. Pure.
absl::Time EndOfUndo(absl::Time begun, absl::Time told);

// How long undoing may take for which no caller waits any more: as long as it needs, until the
// daemon is about to end; what is not undone then is the next daemon's. Thread-safe.
class UndoTime {
 public:
  // The daemon is about to end.
  void Shorten();
  bool is_short() const { return told_.load() != kNever; }

  // A call of the daemon's own that begins now, cancelled at EndOfUndo. Not to be used longer than
  // this.
  Call Begin(absl::Duration timeout) const;

 private:
  static constexpr int64_t kNever = INT64_MAX;

  std::atomic<int64_t> told_ = kNever;  // ns of SteadyNow()
};

}  // namespace berth::runtime
