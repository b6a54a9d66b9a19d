// SPDX-License-Identifier: Apache-2.0
#include "runtime/creation_clock.h"

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(CreationClock, FollowsTheClock) {
  CreationClock clock;
  EXPECT_EQ(clock.NextAt(100), 100);
  EXPECT_EQ(clock.NextAt(200), 200);
}

TEST(CreationClock, NeverRepeatsNorGoesBack) {
  CreationClock clock;
  EXPECT_EQ(clock.NextAt(100), 100);
  EXPECT_EQ(clock.NextAt(100), 101);
  EXPECT_EQ(clock.NextAt(50), 102);
  EXPECT_EQ(clock.NextAt(103), 103);
}

TEST(CreationClock, IsAfterWhatWasGivenOutBeforeARestart) {
  CreationClock clock;
  clock.Observe(500);
  clock.Observe(300);
  EXPECT_EQ(clock.NextAt(100), 501);
  EXPECT_GT(clock.Next(), 501);
}

}  // namespace
}  // namespace berth::runtime
