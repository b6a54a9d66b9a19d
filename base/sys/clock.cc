// SPDX-License-Identifier: Apache-2.0
#include "base/sys/clock.h"

#include <time.h>

#include <algorithm>
#include <climits>

namespace berth::sys {
namespace {

int64_t Read(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * kSecond + now.tv_nsec;
}

}  // namespace

int64_t MonotonicTime() {
  return Read(CLOCK_MONOTONIC);
}

int64_t RealTime() {
  return Read(CLOCK_REALTIME);
}

int PollTimeout(int64_t deadline) {
  if (deadline == kNoDeadline) {
    return -1;
  }
  int64_t remaining = deadline - MonotonicTime();
  if (remaining <= 0) {
    return 0;
  }
  return static_cast<int>(std::min<int64_t>((remaining - 1) / kMillisecond + 1, INT_MAX));
}

}  // namespace berth::sys
