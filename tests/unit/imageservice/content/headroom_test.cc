// SPDX-License-Identifier: Apache-2.0
#include "imageservice/content/headroom.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

constexpr uint64_t kMiB = 1 << 20;

TEST(Headroom, IsATwentiethPartButNotTooLittle) {
  EXPECT_EQ(HeadroomBytes(100'000 * kMiB), 5'000 * kMiB);
  EXPECT_EQ(HeadroomBytes(600 * kMiB), kLeastHeadroom);
  EXPECT_EQ(HeadroomBytes(2'000'000 * kMiB), kMostHeadroom);
  EXPECT_EQ(HeadroomBytes(80 * kMiB), 10 * kMiB);
  EXPECT_EQ(HeadroomBytes(0), 0u);
  EXPECT_EQ(HeadroomInodes(1'000), 50u);
  EXPECT_EQ(HeadroomInodes(0), 0u);
}

TEST(Headroom, WantsAFilesystem) {
  EXPECT_THAT(CheckHeadroom(-1), testing::Not(test::IsOk()));
}

}  // namespace
}  // namespace berth::imageservice
