// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace berth::sys {

// Nanoseconds of CLOCK_MONOTONIC and of CLOCK_REALTIME (since the epoch).
int64_t MonotonicTime();
int64_t RealTime();

inline constexpr int64_t kSecond = 1'000'000'000;
inline constexpr int64_t kMillisecond = 1'000'000;

// Deadlines are values of MonotonicTime(). kDontWait: EAGAIN instead of waiting.
inline constexpr int64_t kDontWait = 0;
inline constexpr int64_t kNoDeadline = INT64_MAX;

// What poll(2) and epoll_wait(2) take as a timeout: milliseconds until `deadline`, rounded up, -1
// for kNoDeadline, 0 when it has passed.
int PollTimeout(int64_t deadline);

}  // namespace berth::sys
