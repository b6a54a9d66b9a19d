// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace berth {

// What deadlines, pauses and durations go by: CLOCK_MONOTONIC, which no step of the wall clock
// moves. As an absl::Time it lies near 1970: never shown, stored or compared with absl::Now(),
// which is for what is. absl::Mutex waits by it as well, with timeouts (its deadlines are of the
// wall clock).
absl::Time SteadyNow();

// Where the time comes from, so that tests own it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

class SteadyClock : public Clock {
 public:
  absl::Time Now() const override { return SteadyNow(); }
};

}  // namespace berth
