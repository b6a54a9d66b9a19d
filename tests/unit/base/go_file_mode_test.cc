// SPDX-License-Identifier: Apache-2.0
#include "base/go_file_mode.h"

#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(GoFileMode, HasTheTypeInItsHighBits) {
  EXPECT_EQ(GoFileMode(S_IFREG | 04750), (1U << 23) | 0750);
  EXPECT_EQ(GoFileMode(S_IFDIR | 01777), (1U << 31) | (1U << 20) | 0777);
  EXPECT_EQ(GoFileMode(S_IFLNK | 0777), (1U << 27) | 0777);
  EXPECT_EQ(GoFileMode(S_IFCHR | 0666), (1U << 26) | (1U << 21) | 0666);
  EXPECT_EQ(GoFileMode(S_IFIFO | 02600), (1U << 25) | (1U << 22) | 0600);
}

}  // namespace
}  // namespace berth
