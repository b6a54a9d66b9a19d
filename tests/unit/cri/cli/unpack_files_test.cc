// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/unpack_files.h"

#include <sys/stat.h>

#include <utility>

#include "gtest/gtest.h"

#include "base/file.h"
#include "tests/support/file_tree.h"
#include "tests/support/tar_builder.h"
#include "tests/support/temp_dir.h"

namespace berth::cli {
namespace {

class UnpackFilesTest : public testing::Test {
 protected:
  absl::StatusOr<uint64_t> Unpack(const test::TarBuilder& tar, std::optional<std::string> name) {
    std::string bytes = tar.Finish();
    imageservice::TarReader reader([&]() -> absl::StatusOr<absl::string_view> {
      given_ = std::exchange(bytes, "");
      return given_;
    });
    return UnpackFiles(reader, {.directory = to_, .name = std::move(name)});
  }
  std::string Text(const std::string& path) const {
    return ReadFile(directory_.Join(path), 1 << 20).value_or("nothing");
  }

  const test::TempDir directory_;
  const std::string to_ =
      (test::MakeTree(directory_.path(), {test::Dir("to")}), directory_.Join("to"));

 private:
  std::string given_;
};

TEST_F(UnpackFilesTest, NamesTheTop) {
  test::TarBuilder tar;
  tar.Directory("dir", {.mode = 0751})
      .File("dir/a", "hello", {.mode = 04640})
      .HardLink("dir/b", "dir/a");
  tar.Symlink("dir/l", "/etc/passwd").Fifo("dir/p");
  EXPECT_EQ(Unpack(tar, "new").value_or(0), 5u);
  EXPECT_EQ(Text("to/new/b"), "hello");
  struct stat info = {};
  ASSERT_EQ(stat((to_ + "/new").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0751u);
  EXPECT_EQ(info.st_mtime, test::TarOptions().mtime) << "though files were made in it";
  ASSERT_EQ(stat((to_ + "/new/a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u) << "setuid is not for the host";
  EXPECT_EQ(info.st_nlink, 2u);
}

TEST_F(UnpackFilesTest, PutsWhatIsInTheTopIntoTheDirectory) {
  test::MakeTree(to_, {test::File("a", "old"), test::Link("link", "../outside")});
  test::MakeTree(directory_.path(), {test::File("outside", "mine")});
  test::TarBuilder tar;
  tar.Directory("dir").File("dir/a", "new").File("dir/link", "replaced");
  EXPECT_TRUE(Unpack(tar, std::nullopt).ok());
  EXPECT_EQ(Text("to/a"), "new");
  EXPECT_EQ(Text("to/link"), "replaced");
  EXPECT_EQ(Text("outside"), "mine");
}

TEST_F(UnpackFilesTest, WritesNothingElsewhere) {
  test::MakeTree(directory_.path(), {test::Dir("outside")});
  test::TarBuilder by_link;
  by_link.Directory("dir").Symlink("dir/up", "../../outside").File("dir/up/evil", "x");
  EXPECT_FALSE(Unpack(by_link, "dir").ok());
  test::TarBuilder by_name;
  by_name.Directory("dir").File("dir/../../outside/evil", "x");
  EXPECT_FALSE(Unpack(by_name, "dir").ok());
  test::TarBuilder by_hard_link;
  by_hard_link.Directory("dir").Symlink("dir/up", "../../outside").HardLink("dir/evil", "dir/up/x");
  EXPECT_FALSE(Unpack(by_hard_link, "dir").ok());
  EXPECT_EQ(Text("outside/evil"), "nothing");
}

}  // namespace
}  // namespace berth::cli
