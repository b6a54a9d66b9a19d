// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/tree_copy.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;

std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

KERNEL_TEST(CopyTree, OwnersAndModesComeAlong) {
  test::TempDir space;
  const std::string from = space.Join("from");
  const std::string to = space.Join("to");
  std::filesystem::create_directories(from + "/sub");
  std::filesystem::create_directory(to);
  std::ofstream(from + "/sub/f") << "text";
  std::filesystem::create_symlink("f", from + "/sub/link");
  ASSERT_EQ(chown((from + "/sub/f").c_str(), 3, 4), 0);
  ASSERT_EQ(chmod((from + "/sub/f").c_str(), 0640), 0);
  ASSERT_EQ(chown(from.c_str(), 5, 6), 0);
  ASSERT_EQ(chmod(from.c_str(), 0711), 0);
  const absl::StatusOr<MergedView> view = MergedView::Open({from});
  ASSERT_THAT(view, IsOk());
  const absl::StatusOr<MergedNode> root = view->Resolve("");
  ASSERT_THAT(root, IsOk());
  const absl::StatusOr<std::string> copy = CopyTree(Call(), *root, to);
  ASSERT_THAT(copy, IsOk());
  EXPECT_EQ(*copy, to);
  EXPECT_EQ(TextOf(to + "/sub/f"), "text");
  EXPECT_EQ(std::filesystem::read_symlink(to + "/sub/link"), "f");
  struct stat info = {};
  ASSERT_EQ(stat((to + "/sub/f").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
  EXPECT_EQ(info.st_uid, 3u);
  ASSERT_EQ(stat(to.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0711u);
  EXPECT_EQ(info.st_gid, 6u);
}

KERNEL_TEST(CopyTree, OfAFileIsAFile) {
  test::TempDir space;
  space.Write("f", "text");
  const std::string to = space.Join("to");
  std::filesystem::create_directory(to);
  const absl::StatusOr<MergedView> view = MergedView::Open({space.path()});
  ASSERT_THAT(view, IsOk());
  const absl::StatusOr<MergedNode> file = view->Resolve("f");
  ASSERT_THAT(file, IsOk());
  const absl::StatusOr<std::string> copy = CopyTree(Call(), *file, to);
  ASSERT_THAT(copy, IsOk());
  EXPECT_EQ(TextOf(*copy), "text");
}

}  // namespace
}  // namespace berth::imageservice
