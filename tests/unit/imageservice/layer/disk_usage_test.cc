// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/disk_usage.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

TEST(MeasureTree, CountsBlocksAndInodesOnce) {
  test::TempDir space;
  ASSERT_OK_AND_ASSIGN(DiskUsage empty, MeasureTree(Call(), space.fd()));
  EXPECT_EQ(empty.inodes, 1u);
  space.Write("d/e/f", std::string(10000, 'x'));
  ASSERT_EQ(link(space.Join("d/e/f").c_str(), space.Join("d/hard").c_str()), 0);
  ASSERT_EQ(symlink("nowhere", space.Join("s").c_str()), 0);
  int sparse = open(space.Join("sparse").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  ASSERT_EQ(ftruncate(sparse, 1 << 30), 0);
  close(sparse);
  ASSERT_OK_AND_ASSIGN(DiskUsage usage, MeasureTree(Call(), space.fd()));
  EXPECT_EQ(usage.inodes, 6u);  // the directory, d, e, f, s, sparse
  EXPECT_LT(usage.bytes, empty.bytes + (1 << 20));
  struct stat info = {};
  ASSERT_EQ(stat(space.Join("d/hard").c_str(), &info), 0);
  EXPECT_GE(usage.bytes, empty.bytes + static_cast<uint64_t>(info.st_blocks) * 512);
}

TEST(MeasureTree, EndsWithItsCaller) {
  test::TempDir space;
  space.Write("a/b/c/f", "x");
  int looks = 0;
  const Call leaves(absl::InfiniteFuture(), [&looks] { return ++looks > 2; });
  EXPECT_THAT(MeasureTree(leaves, space.fd()), test::StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(looks, 3);
}

}  // namespace
}  // namespace berth::imageservice
