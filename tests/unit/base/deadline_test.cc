// SPDX-License-Identifier: Apache-2.0
#include "base/deadline.h"

#include "gtest/gtest.h"

#include "base/clock.h"
#include "base/sys/clock.h"

namespace berth {
namespace {

TEST(Deadline, IsTakenOverToTheMonotonicClock) {
  const int64_t before = sys::MonotonicTime();
  const int64_t deadline = MonotonicDeadline(SteadyNow() + absl::Hours(1));
  EXPECT_GT(deadline, before);
  EXPECT_LE(deadline, sys::MonotonicTime() + 3600 * sys::kSecond);
}

TEST(Deadline, ThatHasPassedIsNow) {
  const int64_t before = sys::MonotonicTime();
  const int64_t deadline = MonotonicDeadline(absl::InfinitePast());
  EXPECT_GE(deadline, before);
  EXPECT_LE(deadline, sys::MonotonicTime());
  EXPECT_EQ(PollTimeout(SteadyNow() - absl::Seconds(1)), 0);
}

TEST(Deadline, TooFarAwayIsNone) {
  EXPECT_EQ(MonotonicDeadline(absl::InfiniteFuture()), sys::kNoDeadline);
  EXPECT_EQ(MonotonicDeadline(SteadyNow() + absl::Hours(24 * 365 * 1000)), sys::kNoDeadline);
  EXPECT_EQ(PollTimeout(absl::InfiniteFuture()), -1);
}

TEST(Deadline, ForPollIsInMilliseconds) {
  const int timeout = PollTimeout(SteadyNow() + absl::Minutes(1));
  EXPECT_GT(timeout, 1000);
  EXPECT_LE(timeout, 60'000);
}

}  // namespace
}  // namespace berth
