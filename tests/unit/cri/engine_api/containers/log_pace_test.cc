// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_pace.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

constexpr int64_t kMega = 1 << 20;

TEST(LogPace, ALogThatGrowsIsLookedAtWhenItIsFull) {
  // Half of it in 20 ms, a quarter in 20 ms.
  const absl::Duration in = absl::Milliseconds(20);
  EXPECT_EQ(PauseBeforeLook({5 * kMega, 5 * kMega, in}, 10 * kMega, 1), in);
  EXPECT_EQ(PauseBeforeLook({2 * kMega, 2 * kMega, in}, 4 * kMega, 1), in);
  EXPECT_EQ(PauseBeforeLook({2 * kMega, kMega, in}, 4 * kMega, 1), 2 * in);
}

TEST(LogPace, NeverAtOnce) {
  for (const int64_t size : {kMega - 1, kMega, 500 * kMega}) {
    EXPECT_EQ(PauseBeforeLook({size, kMega, absl::Milliseconds(50)}, kMega, 1), kShortestLogPause)
        << size;
  }
}

TEST(LogPace, ALogThatDoesNotGrowMayBeginTo) {
  const absl::Duration second = absl::Seconds(1);
  for (const int64_t grown : {int64_t{0}, -kMega}) {  // it was rotated
    EXPECT_EQ(PauseBeforeLook({0, grown, second}, 1, 1), absl::Milliseconds(50));
    EXPECT_EQ(PauseBeforeLook({0, grown, second}, 128 * kMega, 1), absl::Milliseconds(500));
    EXPECT_EQ(PauseBeforeLook({0, grown, second}, int64_t{1} << 50, 1), second);
  }
  // One that grows slowly may become faster.
  EXPECT_EQ(PauseBeforeLook({1, 1, second}, 128 * kMega, 1), absl::Milliseconds(500));
  EXPECT_EQ(PauseBeforeLook({1, 1, absl::ZeroDuration()}, kMega, 1), absl::Milliseconds(50));
}

TEST(LogPace, ManyLogsThatDoNotGrowAreLookedAtLessOften) {
  const LogGrowth quiet = {.size = 0, .grown = 0, .in = absl::Seconds(1)};
  EXPECT_EQ(PauseBeforeLook(quiet, kMega, 10), absl::Milliseconds(50));
  EXPECT_EQ(PauseBeforeLook(quiet, kMega, 50), absl::Milliseconds(250));
  EXPECT_EQ(PauseBeforeLook(quiet, kMega, 1000), absl::Seconds(1));
  // Not those that grow.
  EXPECT_EQ(PauseBeforeLook({kMega, kMega, absl::Milliseconds(50)}, kMega, 1000),
            kShortestLogPause);
}

TEST(LogPace, LooksFallTogetherAndNotLater) {
  const auto at = [](int ms) { return absl::UnixEpoch() + absl::Milliseconds(ms); };
  EXPECT_EQ(TogetherWithOthers(at(173), absl::Milliseconds(50)), at(150));
  EXPECT_EQ(TogetherWithOthers(at(190), absl::Milliseconds(500)), at(150));
  EXPECT_EQ(TogetherWithOthers(at(173), absl::Milliseconds(49)), at(170));
  EXPECT_EQ(TogetherWithOthers(at(170), absl::Milliseconds(10)), at(170));
}

}  // namespace
}  // namespace berth::cri
