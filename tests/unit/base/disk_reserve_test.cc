// SPDX-License-Identifier: Apache-2.0
#include "base/disk_reserve.h"

#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

#include "base/sys/inode.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth {
namespace {

constexpr int64_t kSize = 1 << 20;
constexpr int64_t kStatBlock = 512;

TEST(ReserveBlocks, KeepsTheSizeAndAllocates) {
  test::TempDir dir;
  const std::string path = dir.Write("file", "x");
  ASSERT_THAT(ReserveBlocks(path, kSize), test::IsOk());
  const struct stat info = *sys::StatAt(dir.fd(), "file", 0);
  EXPECT_EQ(info.st_size, 1);
  EXPECT_GE(info.st_blocks * kStatBlock, kSize);
  EXPECT_THAT(ReserveBlocks(dir.Join("none"), kSize), test::StatusIs(absl::StatusCode::kNotFound));
}

TEST(Reserve, IsGivenUpOnce) {
  test::TempDir dir;
  const std::string path = dir.Join("reserve");
  EXPECT_FALSE(GiveUpReserve(path));
  for (int i = 0; i < 2; ++i) {
    ASSERT_THAT(MakeReserve(path, kSize), test::IsOk());
    EXPECT_GE(sys::StatAt(dir.fd(), "reserve", 0)->st_blocks * kStatBlock, kSize);
  }
  EXPECT_TRUE(GiveUpReserve(path));
  EXPECT_FALSE(GiveUpReserve(path));
}

TEST(CheckRoom, SaysThatADiskIsFull) {
  test::TempDir dir;
  EXPECT_THAT(CheckRoom(dir.path(), 1), test::IsOk());
  EXPECT_THAT(CheckRoom(dir.path(), std::numeric_limits<int64_t>::max()),
              test::StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace berth
