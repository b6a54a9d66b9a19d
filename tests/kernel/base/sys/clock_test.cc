// SPDX-License-Identifier: Apache-2.0
#include "base/sys/clock.h"

#include <climits>
#include <ctime>

#include "gtest/gtest.h"

namespace berth::sys {
namespace {

TEST(Clock, RunsForward) {
  const int64_t first = MonotonicTime();
  EXPECT_GT(first, 0);
  EXPECT_GE(MonotonicTime(), first);
}

TEST(Clock, CountsFromTheEpoch) {
  EXPECT_NEAR(static_cast<double>(RealTime() / kSecond), static_cast<double>(time(nullptr)), 2);
}

TEST(Clock, TurnsDeadlinesIntoTimeouts) {
  EXPECT_EQ(PollTimeout(kNoDeadline), -1);
  EXPECT_EQ(PollTimeout(kDontWait), 0);
  EXPECT_EQ(PollTimeout(MonotonicTime() - kSecond), 0);
  EXPECT_EQ(PollTimeout(MonotonicTime() + int64_t{INT_MAX} * kSecond), INT_MAX);
}

TEST(Clock, RoundsTimeoutsUp) {
  // A timeout of 0 before the deadline would make a waiting loop spin.
  const int timeout = PollTimeout(MonotonicTime() + kSecond - 1);
  EXPECT_GT(timeout, 900);
  EXPECT_LE(timeout, 1000);
}

}  // namespace
}  // namespace berth::sys
