// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/config_directory.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using testing::HasSubstr;

std::string ListOf(const std::string& name, const std::string& type = "t") {
  return absl::StrCat(R"({"cniVersion": "1.1.0", "name": ")", name, R"(", "plugins": [{"type": ")",
                      type, R"("}]})");
}

std::string NameIn(ConfigDirectory& configs) {
  auto network = configs.Current();
  return network.ok() ? (*network)->name : std::string(network.status().message());
}

TEST(ConfigDirectory, TakesTheFirstFileByName) {
  test::TempDir dir;
  dir.Write("20-b.conflist", ListOf("b"));
  dir.Write("10-a.conf", R"({"cniVersion": "0.3.1", "name": "a", "type": "t"})");
  dir.Write("00-readme.txt", "hello");
  dir.Write("05-x.conflist.bak", ListOf("x"));
  ConfigDirectory configs({dir.path()});
  EXPECT_EQ(NameIn(configs), "a");
}

TEST(ConfigDirectory, TakesTheFirstDirectoryThatExists) {
  test::TempDir first;
  test::TempDir second;
  second.Write("a.conflist", ListOf("second"));
  ConfigDirectory configs({"/nonexistent", second.path()});
  EXPECT_EQ(NameIn(configs), "second");
  ConfigDirectory empty_first({first.path(), second.path()});
  EXPECT_THAT(NameIn(empty_first), HasSubstr("no CNI configuration in"));
}

TEST(ConfigDirectory, SeesEveryKindOfChange) {
  test::TempDir dir;
  ConfigDirectory configs({dir.path() + "/net.d"});
  EXPECT_THAT(NameIn(configs), HasSubstr("no CNI configuration directory"));
  dir.Write("net.d/10.conflist", ListOf("made"));
  EXPECT_EQ(NameIn(configs), "made");
  dir.Write("net.d/10.conflist", ListOf("rewr"));  // in place, with the same size
  EXPECT_EQ(NameIn(configs), "rewr");
  dir.Write("draft", ListOf("renamed"));
  std::filesystem::rename(dir.path() + "/draft", dir.path() + "/net.d/10.conflist");
  EXPECT_EQ(NameIn(configs), "renamed");
  dir.Write("net.d/05.conflist", ListOf("first"));
  EXPECT_EQ(NameIn(configs), "first");
  std::filesystem::remove_all(dir.path() + "/net.d");
  EXPECT_THAT(NameIn(configs), HasSubstr("no CNI configuration directory"));
  dir.Write("net.d/10.conflist", ListOf("again"));
  EXPECT_EQ(NameIn(configs), "again");
}

TEST(ConfigDirectory, FollowsASymlinkedDirectoryAndFile) {
  test::TempDir dir;
  dir.Write("real/file", ListOf("linked"));
  std::filesystem::create_directory(dir.path() + "/files");
  std::filesystem::create_symlink(dir.path() + "/real/file", dir.path() + "/files/10.conflist");
  std::filesystem::create_directory_symlink(dir.path() + "/files", dir.path() + "/net.d");
  ConfigDirectory configs({dir.path() + "/net.d"});
  EXPECT_EQ(NameIn(configs), "linked");
}

TEST(ConfigDirectory, SkipsBrokenFilesAndSaysWhyWhenNoneIsLeft) {
  test::TempDir dir;
  dir.Write("10-broken.conflist", "{");
  dir.Write("20-good.conflist", ListOf("good"));
  ConfigDirectory configs({dir.path()});
  EXPECT_EQ(NameIn(configs), "good");
  std::filesystem::remove(dir.path() + "/20-good.conflist");
  auto network = configs.Current();
  EXPECT_TRUE(absl::IsUnavailable(network.status()));
  EXPECT_EQ(network.status().message(), absl::StrCat("no usable CNI configuration: ", dir.path(),
                                                     "/10-broken.conflist: not valid JSON"));
}

TEST(ConfigDirectory, RefusesWhatIsNoRegularFile) {
  test::TempDir dir;
  ASSERT_EQ(mkfifo((dir.path() + "/10.conflist").c_str(), 0600), 0);
  ConfigDirectory configs({dir.path()});
  EXPECT_THAT(NameIn(configs), HasSubstr("no regular file"));
}

TEST(ConfigDirectory, AddsThePluginsOfTheNetworksFolder) {
  test::TempDir dir;
  dir.Write("10.conflist", R"({"cniVersion": "1.1.0", "name": "pods"})");
  ConfigDirectory configs({dir.path()});
  EXPECT_THAT(NameIn(configs), HasSubstr("no plugins"));
  dir.Write("pods/20-b.conf", R"({"type": "b"})");
  dir.Write("pods/10-a.conf", R"({"type": "a"})");
  dir.Write("pods/30-c.json", R"({"type": "c"})");
  auto network = configs.Current();
  ASSERT_TRUE(network.ok()) << network.status();
  ASSERT_EQ((*network)->plugins.size(), 2u);
  EXPECT_EQ((*network)->plugins[0].type, "a");
  EXPECT_EQ((*network)->plugins[1].type, "b");
  dir.Write("pods/20-b.conf", R"({"type": "z"})");
  network = configs.Current();
  ASSERT_TRUE(network.ok());
  EXPECT_EQ((*network)->plugins[1].type, "z");
  dir.Write("pods/20-b.conf", "{}");
  EXPECT_THAT(NameIn(configs), HasSubstr("pods/20-b.conf: a plugin's \"type\""));
}

TEST(ConfigDirectory, LeavesTheFolderAloneWhenTold) {
  test::TempDir dir;
  dir.Write("10.conflist",
            R"({"cniVersion": "1.1.0", "name": "pods", "loadOnlyInlinedPlugins": true,
                              "plugins": [{"type": "inline"}]})");
  dir.Write("pods/10-a.conf", R"({"type": "a"})");
  ConfigDirectory configs({dir.path()});
  auto network = configs.Current();
  ASSERT_TRUE(network.ok());
  ASSERT_EQ((*network)->plugins.size(), 1u);
}

}  // namespace
}  // namespace berth::runtime
