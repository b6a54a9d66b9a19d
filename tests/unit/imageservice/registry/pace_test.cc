// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/pace.h"

#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'000'000);

TEST(Pace, ATrickleIsNoProgress) {
  Pace pace(kStart);
  for (int second = 1; second <= 100; ++second) {
    pace.Take(kLeastSpeed - 1, kStart + absl::Seconds(second));
  }
  EXPECT_EQ(pace.last_progress(), kStart);
  EXPECT_EQ(pace.bytes(), 100 * (kLeastSpeed - 1));
}

TEST(Pace, TheAverageCounts) {
  Pace pace(kStart);
  pace.Take(1, kStart + absl::Seconds(10));
  EXPECT_EQ(pace.last_progress(), kStart);
  pace.Take(20 * kLeastSpeed, kStart + absl::Seconds(20));
  EXPECT_EQ(pace.last_progress(), kStart + absl::Seconds(20));
  EXPECT_EQ(pace.bytes(), 0u);
}

TEST(Pace, WhatTheReceiverTakesIsNotCounted) {
  Pace pace(kStart);
  pace.Pause(absl::Minutes(1));
  EXPECT_EQ(pace.last_progress(), kStart + absl::Minutes(1));
  pace.Take(kLeastSpeed, kStart + absl::Seconds(61));
  EXPECT_EQ(pace.last_progress(), kStart + absl::Seconds(61));
}

}  // namespace
}  // namespace berth::imageservice
