// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_pace.h"

#include <algorithm>

namespace berth::cri {
namespace {

constexpr double kFastest = 256 << 20;   // bytes a second that one shim has been seen to write
constexpr double kLooksPerSecond = 200;  // at all that do not grow
constexpr absl::Duration kQuietPause = absl::Milliseconds(50);  // at least
constexpr absl::Duration kLongestPause = absl::Seconds(1);

}  // namespace

absl::Duration PauseBeforeLook(const LogGrowth& growth, int64_t max_size, size_t logs) {
  const absl::Duration quiet =
      std::clamp(absl::Seconds(std::max(static_cast<double>(max_size) / kFastest,
                                        static_cast<double>(logs) / kLooksPerSecond)),
                 kQuietPause, kLongestPause);
  if (growth.grown <= 0 || growth.in <= absl::ZeroDuration()) {
    return quiet;
  }
  const int64_t left = std::max<int64_t>(max_size - growth.size, 0);
  const absl::Duration until_full =
      growth.in * (static_cast<double>(left) / static_cast<double>(growth.grown));
  return std::clamp(until_full, kShortestLogPause, quiet);
}

absl::Time TogetherWithOthers(absl::Time due, absl::Duration pause) {
  const absl::Duration step = pause < kQuietPause ? kShortestLogPause : kQuietPause;
  return due - (due - absl::UnixEpoch()) % step;
}

}  // namespace berth::cri
