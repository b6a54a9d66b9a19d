// SPDX-License-Identifier: Apache-2.0
#include "base/checkpoint.h"

#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(CheckpointIsDue, OnlyWhenThereAreChanges) {
  EXPECT_FALSE(CheckpointIsDue(0, absl::Hours(1)));
  EXPECT_TRUE(CheckpointIsDue(1, absl::Hours(1)));
}

TEST(CheckpointIsDue, WaitsForQuietUnlessThereAreVeryMany) {
  EXPECT_FALSE(CheckpointIsDue(100, absl::Milliseconds(10)));
  EXPECT_TRUE(CheckpointIsDue(100, absl::Seconds(6)));
  EXPECT_TRUE(CheckpointIsDue(5000, absl::Milliseconds(10)));
}

}  // namespace
}  // namespace berth
