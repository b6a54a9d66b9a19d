// SPDX-License-Identifier: Apache-2.0
#include "base/sys/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "gtest/gtest.h"

namespace berth::sys {
namespace {

TEST(Pages, AreZeroAgainWhenReleased) {
  if (static_cast<size_t>(sysconf(_SC_PAGESIZE)) != kPageSize) {
    GTEST_SKIP() << "pages are larger";
  }
  alignas(kPageSize) static char space[2 * kPageSize];
  memset(space, 'x', sizeof(space));
  ReleasePages(space, kPageSize);
  unsigned char resident = 1;
  ASSERT_EQ(mincore(space, kPageSize, &resident), 0);
  EXPECT_EQ(resident & 1, 0);
  EXPECT_EQ(space[0], '\0');
  EXPECT_EQ(space[kPageSize], 'x');
}

}  // namespace
}  // namespace berth::sys
