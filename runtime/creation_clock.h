// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/clock.h"

namespace berth::runtime {

// Times of creation: wall clock time, but strictly increasing, whatever the clock does.
// Thread-safe.
class CreationClock {
 public:
  // Every later time is after `time`, which was given out before a restart.
  void Observe(int64_t time) {
    int64_t last = last_.load();
    while (last < time && !last_.compare_exchange_weak(last, time)) {
    }
  }

  // ns since the epoch.
  int64_t Next() { return NextAt(absl::GetCurrentTimeNanos()); }

  // The same at a given time of the clock.
  int64_t NextAt(int64_t now) {
    int64_t last = last_.load();
    int64_t next = 0;
    do {
      next = now > last ? now : last + 1;
    } while (!last_.compare_exchange_weak(last, next));
    return next;
  }

 private:
  std::atomic<int64_t> last_ = 0;
};

}  // namespace berth::runtime
