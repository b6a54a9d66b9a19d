// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/packed_files.h"

#include <sys/stat.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/file_tree.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/cli/packed_members.h"

namespace berth::cli {
namespace {

using test::Dir;
using test::File;
using test::Link;
using testing::ElementsAre;

std::vector<std::string> Packed(const std::string& path, const PackChoice& choice) {
  PackedFiles files(
      [&](imageservice::TarWriter& writer) { return PackTree(path, choice, writer); });
  return Members(files).value_or(std::vector<std::string>{"an error"});
}

class PackTreeTest : public testing::Test {
 protected:
  PackTreeTest() {
    test::MakeTree(directory_.path(), {Dir("top", {File("a", "1"), Dir("d", {File("b", "2")})}),
                                       Link("link", "top"), File("alone", "3")});
  }

  const test::TempDir directory_;
};

TEST_F(PackTreeTest, NamesTheTop) {
  EXPECT_THAT(Packed(directory_.Join("top"), {.name = "new"}),
              ElementsAre("new/", "new/a=1", "new/d/", "new/d/b=2"));
  EXPECT_THAT(Packed(directory_.Join("alone"), {.name = "new"}), ElementsAre("new=3"));
  EXPECT_THAT(Packed(directory_.Join("link"), {.name = "new"}), ElementsAre("new -> top"));
}

TEST_F(PackTreeTest, PacksWhatIsInATopWithoutAName) {
  EXPECT_THAT(Packed(directory_.Join("top"), {}), ElementsAre("a=1", "d/", "d/b=2"));
  EXPECT_THAT(Packed(directory_.Join("link"), {}), ElementsAre("a=1", "d/", "d/b=2"));
  EXPECT_THAT(Packed(directory_.Join("alone"), {}), ElementsAre("an error"));
}

TEST_F(PackTreeTest, LooksIntoWhatItDoesNotTake) {
  const PackChoice choice = {.takes = [](const std::string& path) { return path == "d/b"; },
                             .looks_into = [](const std::string&) { return true; }};
  EXPECT_THAT(Packed(directory_.Join("top"), choice), ElementsAre("d/b=2"));
}

TEST_F(PackTreeTest, LeavesOutSockets) {
  ASSERT_EQ(mknod(directory_.Join("top/socket").c_str(), S_IFSOCK | 0600, 0), 0);
  ASSERT_EQ(mkfifo(directory_.Join("top/fifo").c_str(), 0600), 0);
  EXPECT_THAT(Packed(directory_.Join("top"), {}), ElementsAre("a=1", "d/", "d/b=2", "fifo"));
}

TEST(PackedFiles, MayBeLeftBeforeItsEnd) {
  PackedFiles files([](imageservice::TarWriter& writer) {
    return PackText("name", std::string(4 << 20, 'x'), writer);
  });
  EXPECT_TRUE(files.Next().ok());
}

}  // namespace
}  // namespace berth::cli
