// SPDX-License-Identifier: Apache-2.0
#include "base/sys/pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

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

// Proves something where the node gives huge pages to everybody.
TEST(Pages, AreSmallWhereAskedFor) {
  constexpr size_t kSize = 4 << 20;
  void* space = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(space, MAP_FAILED);
  UseSmallPages(static_cast<char*>(space) + 1, kSize - 1);
  static_cast<volatile char*>(space)[kSize / 2] = 'x';
  std::vector<unsigned char> resident(kSize / kPageSize);
  ASSERT_EQ(mincore(space, kSize, resident.data()), 0);
  EXPECT_EQ(std::count_if(resident.begin(), resident.end(), [](int page) { return page & 1; }), 1);
  munmap(space, kSize);
}

}  // namespace
}  // namespace berth::sys
