// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace berth::imageservice {

inline constexpr uint64_t kLeastSpeed = 1 << 10;  // bytes a second; what is slower is no progress

// Since when a sender has made no progress. One that sends a byte now and then makes none. For one
// thread.
class Pace {
 public:
  explicit Pace(absl::Time now) : last_progress_(now) {}

  // Until when it has kept to the least speed.
  absl::Time last_progress() const { return last_progress_; }
  // What has come since.
  uint64_t bytes() const { return bytes_; }

  void Take(uint64_t bytes, absl::Time now);
  // For so long it was not the sender that was waited for.
  void Pause(absl::Duration duration) { last_progress_ += duration; }

 private:
  absl::Time last_progress_;
  uint64_t bytes_ = 0;
};

}  // namespace berth::imageservice
