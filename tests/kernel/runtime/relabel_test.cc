// SPDX-License-Identifier: Apache-2.0
// On a kernel without SELinux the attribute is text like any other.
#include "runtime/relabel.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/mount.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

std::string LabelOf(const std::string& path) {
  char value[256] = {};
  const ssize_t size = lgetxattr(path.c_str(), "security.selinux", value, sizeof(value));
  return size <= 0 ? std::string() : std::string(value);
}

void MountTmpfs(const std::string& path) {
  const sys::ErrnoOr<sys::DetachedMount> made = sys::NewMount("tmpfs", {}, 0);
  const sys::ErrnoOr<sys::Fd> place = sys::OpenAt(AT_FDCWD, path.c_str(), O_PATH);
  ASSERT_TRUE(made.ok() && place.ok() && made->AttachAt(place->get()).ok());
}

KERNEL_TEST(Relabel, ReachesAllOfATreeAndNothingElse) {
  const test::TempDir directory;
  const std::string volume = directory.Join("volume");
  std::filesystem::create_directories(volume);
  MountTmpfs(volume);
  directory.Write("volume/sub/file", "x");
  directory.Write("volume/sub/mounted/hidden", "x");
  const std::string outside = directory.Write("volume/../outside", "x");
  ASSERT_EQ(symlink(outside.c_str(), directory.Join("volume/link").c_str()), 0);
  ASSERT_EQ(mkfifo(directory.Join("volume/fifo").c_str(), 0600), 0);
  MountTmpfs(directory.Join("volume/sub/mounted"));
  directory.Write("volume/sub/mounted/other", "x");
  ASSERT_THAT(Relabel(volume, "u:object_r:file_t:s0:c1,c2"), test::IsOk());
  for (const char* path : {"volume", "volume/sub", "volume/sub/file", "volume/fifo"}) {
    EXPECT_EQ(LabelOf(directory.Join(path)), "u:object_r:file_t:s0:c1,c2") << path;
  }
  EXPECT_EQ(LabelOf(outside), "");
  EXPECT_EQ(LabelOf(directory.Join("volume/sub/mounted/other")), "");
  EXPECT_EQ(umount2(volume.c_str(), MNT_DETACH), 0);
}

KERNEL_TEST(Relabel, OnceIsEnough) {
  const test::TempDir directory;
  const std::string place = directory.Join("mounted");
  std::filesystem::create_directories(place);
  MountTmpfs(place);
  const std::string store = place + "/store";
  ASSERT_THAT(RelabelOnce(store, "u:object_r:old_t:s0"), test::IsOk());
  EXPECT_EQ(LabelOf(store), "u:object_r:old_t:s0");
  directory.Write("mounted/store/1/fs/file", "x");
  ASSERT_THAT(RelabelOnce(store, "u:object_r:new_t:s0"), test::IsOk());
  EXPECT_EQ(LabelOf(store), "u:object_r:new_t:s0");
  EXPECT_EQ(LabelOf(store + "/1/fs/file"), "u:object_r:new_t:s0");
  directory.Write("mounted/store/2/fs/file", "x");
  ASSERT_THAT(RelabelOnce(store, "u:object_r:new_t:s0"), test::IsOk());
  EXPECT_EQ(LabelOf(store + "/2/fs/file"), "") << "the kernel's to inherit";
  EXPECT_EQ(umount2(place.c_str(), MNT_DETACH), 0);
}

KERNEL_TEST(Relabel, LeavesFilesystemsWithoutLabels) {
  EXPECT_THAT(Relabel("/proc/self", "label"), ::testing::Not(test::IsOk()));
  const test::TempDir directory;
  const std::string place = directory.Join("cgroup");
  std::filesystem::create_directories(place);
  const sys::ErrnoOr<sys::DetachedMount> made = sys::NewMount("proc", {}, 0);
  const sys::ErrnoOr<sys::Fd> target = sys::OpenAt(AT_FDCWD, place.c_str(), O_PATH);
  ASSERT_TRUE(made.ok() && target.ok() && made->AttachAt(target->get()).ok());
  EXPECT_THAT(Relabel(place + "/version", "label"), test::IsOk());
  EXPECT_EQ(umount2(place.c_str(), MNT_DETACH), 0);
}

}  // namespace
}  // namespace berth::runtime
