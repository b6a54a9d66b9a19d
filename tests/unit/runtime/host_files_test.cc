// SPDX-License-Identifier: Apache-2.0
#include "runtime/host_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using test::IsOkAndHolds;
using test::StatusIs;
using test::TempDir;
using ::testing::HasSubstr;

class HostFilesTest : public ::testing::Test {
 protected:
  std::string Real(const std::string& name) const {
    return std::filesystem::canonical(directory_.path()).string() + "/" + name;
  }
  void Link(const std::string& target, const std::string& name) const {
    std::filesystem::create_symlink(target, directory_.Join(name));
  }

  TempDir directory_;
  RealHostFiles host_;
};

TEST_F(HostFilesTest, FollowsSymlinksToASource) {
  directory_.Write("real/file", "x");
  Link("real", "link");
  EXPECT_THAT(host_.FindMountSource(directory_.Join("link")), IsOkAndHolds(Real("real")));
  EXPECT_THAT(host_.FindMountSource(directory_.Join("link/file")), IsOkAndHolds(Real("real/file")));
}

TEST_F(HostFilesTest, MakesAnAbsentSourceForEverybody) {
  const mode_t mask = umask(077);
  EXPECT_THAT(host_.FindMountSource(directory_.Join("a/b/c")), IsOkAndHolds(Real("a/b/c")));
  umask(mask);
  for (const char* name : {"a", "a/b", "a/b/c"}) {
    struct stat status = {};
    ASSERT_EQ(stat(directory_.Join(name).c_str(), &status), 0);
    EXPECT_TRUE(S_ISDIR(status.st_mode));
    EXPECT_EQ(status.st_mode & 0777, 0755u) << name;
  }
}

TEST_F(HostFilesTest, MakesNoDirectoryInTheFileOfAPlace) {
  EXPECT_THAT(host_.FindMountSource(directory_.Join("docker.sock")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("docker.sock")));
  EXPECT_FALSE(std::filesystem::exists(directory_.Join("docker.sock")));
  directory_.Write("file", "");
  EXPECT_THAT(host_.FindMountSource(directory_.Join("file/below")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  Link("nowhere", "dangling");
  EXPECT_THAT(host_.FindMountSource(directory_.Join("dangling")),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(HostFilesTest, FindsADeviceAndThoseInADirectory) {
  ASSERT_OK_AND_ASSIGN(const std::vector<HostDevice> null, host_.FindDevices("/dev/null"));
  ASSERT_EQ(null.size(), 1u);
  EXPECT_EQ(null[0].path, "/dev/null");
  EXPECT_EQ(null[0].major, 1u);
  EXPECT_EQ(null[0].minor, 3u);
  EXPECT_FALSE(null[0].block);
  Link("/dev/null", "link");
  ASSERT_OK_AND_ASSIGN(const std::vector<HostDevice> link,
                       host_.FindDevices(directory_.Join("link")));
  ASSERT_EQ(link.size(), 1u);
  EXPECT_EQ(link[0].path, directory_.Join("link"));
  ASSERT_OK_AND_ASSIGN(const std::vector<HostDevice> all, host_.FindDevices("/dev"));
  bool has_null = false;
  for (const HostDevice& device : all) {
    has_null = has_null || device.path == "/dev/null";
    EXPECT_NE(device.path.rfind("/dev/pts/", 0), 0u);
  }
  EXPECT_TRUE(has_null);
}

TEST_F(HostFilesTest, WhatIsNoDeviceIsAnError) {
  const std::string file = directory_.Write("file", "");
  EXPECT_THAT(host_.FindDevices(file), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(host_.FindDevices("/dev/none"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(HostFilesTest, ReadsRegularFilesOnly) {
  const std::string file = directory_.Write("file", "content");
  EXPECT_THAT(host_.ReadFile(file, 7), IsOkAndHolds("content"));
  EXPECT_THAT(host_.ReadFile(file, 6), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(host_.ReadFile(directory_.Join("none"), 6), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_EQ(mkfifo(directory_.Join("fifo").c_str(), 0600), 0);
  EXPECT_THAT(host_.ReadFile(directory_.Join("fifo"), 6),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(host_.ReadFile(directory_.path(), 6), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(HostFilesTest, FindsADirectoryInLayers) {
  directory_.Write("top/etc/file", "");
  directory_.Write("bottom/usr/share/x", "");
  directory_.Write("bottom/etc/sub/x", "");
  std::filesystem::create_symlink("/usr", directory_.Join("bottom/link"));
  std::filesystem::create_symlink("/../../../../../etc", directory_.Join("bottom/out"));
  const std::vector<std::string> layers = {directory_.Join("top"), directory_.Join("bottom")};
  for (const char* path : {"etc", "usr/share", "etc/sub", "link/share", "out/sub"}) {
    EXPECT_THAT(host_.CheckDirectory(layers, path), test::IsOk()) << path;
  }
  EXPECT_THAT(host_.CheckDirectory(layers, "missing"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(host_.CheckDirectory(layers, "etc/file"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(host_.CheckDirectory(layers, "out/passwd"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(HostFilesTest, PropagationOfAMount) {
  constexpr char kTable[] =
      "20 1 0:5 / / rw shared:1 - ext4 /dev/sda rw\n"
      "21 20 0:6 / /a rw master:1 - tmpfs tmpfs rw\n"
      "22 20 0:7 / /b rw shared:2 master:1 - tmpfs tmpfs rw\n"
      "23 20 0:8 / /c rw - tmpfs shared:9 rw\n"
      "24 20 0:8 / /d rw unbindable - tmpfs tmpfs rw\n";
  struct Case {
    int id;
    bool shared, slave;
  };
  for (const Case& c : {Case{20, true, false},
                        {21, false, true},
                        {22, true, true},
                        {23, false, false},
                        {24, false, false}}) {
    ASSERT_OK_AND_ASSIGN(const HostPropagation found, ParsePropagation(kTable, c.id));
    EXPECT_EQ(found.shared, c.shared) << c.id;
    EXPECT_EQ(found.slave, c.slave) << c.id;
  }
  EXPECT_THAT(ParsePropagation(kTable, 2), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(host_.FindPropagation("/"), test::IsOk());
}

}  // namespace
}  // namespace berth::runtime
