// SPDX-License-Identifier: Apache-2.0
#include "base/sys/mount.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/namespace.h"
#include "base/sys/user_namespace.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::sys {
namespace {

using test::ErrnoIs;
using test::IsOk;
using test::TempDir;

// Attaches a new tmpfs at `path`, which it makes.
DetachedMount MountTmpfs(const std::string& path, std::span<const MountOption> options = {}) {
  mkdir(path.c_str(), 0755);
  ErrnoOr<DetachedMount> mount = NewMount("tmpfs", options, MOUNT_ATTR_NOSUID);
  EXPECT_THAT(mount, IsOk());
  ErrnoOr<Fd> place = OpenAt(AT_FDCWD, path.c_str(), O_PATH);
  EXPECT_THAT(mount->AttachAt(place->get()), IsOk());
  return *std::move(mount);
}

bool CanWrite(const std::string& path) {
  return OpenAt(AT_FDCWD, (path + "/probe").c_str(), O_CREAT | O_WRONLY, 0600).ok();
}

KERNEL_TEST(Mount, GoesWhenItIsTakenAway) {
  TempDir directory;
  const std::string path = directory.Join("m");
  MountTmpfs(path);
  struct stat above = {}, below = {};
  ASSERT_EQ(stat(path.c_str(), &above), 0);
  EXPECT_THAT(Unmount(path.c_str()), IsOk());
  ASSERT_EQ(stat(path.c_str(), &below), 0);
  EXPECT_NE(above.st_dev, below.st_dev);
  EXPECT_THAT(Unmount(path.c_str()), ErrnoIs(EINVAL));
}

KERNEL_TEST(Mount, IsSeenOnceAttachedAndNotBefore) {
  TempDir directory;
  const MountOption options[] = {{"mode", "0751"}, {"size", "64k"}};
  {
    ErrnoOr<DetachedMount> unseen = NewMount("tmpfs", options, 0);
    ASSERT_THAT(unseen, IsOk());
  }
  const std::string path = directory.Join("m");
  DetachedMount mount = MountTmpfs(path, options);
  struct stat info = {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0751u);
  test::Unmount(path);
  EXPECT_THAT(NewMount("nofs", {}, 0), ErrnoIs(ENODEV));
  const MountOption named[] = {{"source", "a name"}};
  EXPECT_THAT(NewMount("tmpfs", named, 0), IsOk());
  const MountOption bad[] = {{"nothing", "1"}};
  EXPECT_THAT(NewMount("tmpfs", bad, 0), ErrnoIs(EINVAL));
}

KERNEL_TEST(Mount, ChangesItsAttributes) {
  TempDir directory;
  const std::string path = directory.Join("m");
  DetachedMount mount = MountTmpfs(path);
  EXPECT_TRUE(CanWrite(path));
  EXPECT_THAT(mount.SetAttributes(MOUNT_ATTR_RDONLY, 0, 0, false), IsOk());
  EXPECT_FALSE(CanWrite(path));
  EXPECT_THAT(mount.SetAttributes(0, MOUNT_ATTR_RDONLY, 0, false), IsOk());
  EXPECT_TRUE(CanWrite(path));
  test::Unmount(path);
}

KERNEL_TEST(Mount, IsClonedWithOrWithoutThoseBelow) {
  TempDir directory;
  const std::string path = directory.Join("m");
  DetachedMount outer = MountTmpfs(path);
  DetachedMount inner = MountTmpfs(path + "/inner");
  ASSERT_TRUE(CanWrite(path + "/inner"));
  for (bool recursive : {false, true}) {
    ErrnoOr<DetachedMount> clone = CloneMount(AT_FDCWD, path.c_str(), recursive);
    ASSERT_THAT(clone, IsOk());
    EXPECT_EQ(StatAt(clone->fd(), "inner/probe", 0).ok(), recursive);
  }
  ErrnoOr<Fd> folder = OpenAt(AT_FDCWD, (path + "/inner").c_str(), O_PATH);
  ErrnoOr<DetachedMount> by_fd = CloneMount(folder->get(), "", false);
  ASSERT_THAT(by_fd, IsOk());
  EXPECT_TRUE(StatAt(by_fd->fd(), "probe", 0).ok());
  EXPECT_THAT(CloneMount(AT_FDCWD, "/nowhere", false), ErrnoIs(ENOENT));
  test::Unmount(path);
}

KERNEL_TEST(Overlay, StacksItsLayersAndKeepsChangesInTheUpper) {
  TempDir directory;
  directory.Write("one/file", "one");
  directory.Write("two/file", "two");
  directory.Write("two/other", "two");
  directory.Write("merged/.keep", "");
  directory.Write("upper/.keep", "");
  directory.Write("work/.keep", "");
  const std::string one = directory.Join("one");
  const std::string two = directory.Join("two");
  const std::string upper = directory.Join("upper");
  const std::string work = directory.Join("work");
  ASSERT_EQ(unlink((work + "/.keep").c_str()), 0);
  const char* const lower[] = {one.c_str(), two.c_str()};
  ErrnoOr<DetachedMount> overlay =
      NewOverlay({.lower = lower, .upper = upper.c_str(), .work = work.c_str()});
  ASSERT_THAT(overlay, IsOk());
  ErrnoOr<Fd> place = OpenAt(AT_FDCWD, directory.Join("merged").c_str(), O_PATH);
  ASSERT_THAT(overlay->AttachAt(place->get()), IsOk());
  EXPECT_EQ(directory.Read("merged/file"), "one");
  EXPECT_EQ(directory.Read("merged/other"), "two");
  directory.Write("merged/file", "changed");
  EXPECT_EQ(directory.Read("upper/file"), "changed");
  EXPECT_EQ(directory.Read("one/file"), "one");
  test::Unmount(directory.Join("merged"));
  overlay = ErrnoOr<DetachedMount>(DetachedMount());
  const char* const absent[] = {"/nowhere", one.c_str()};
  EXPECT_THAT(NewOverlay({.lower = absent}), ErrnoIs(ENOENT));
}

KERNEL_TEST(Overlay, HasManyLayersWithAnyNames) {
  TempDir directory;
  std::vector<std::string> paths;
  for (int i = 0; i < 40; ++i) {
    const std::string name = absl::StrCat("layer:with,a\\name", i);
    directory.Write(absl::StrCat(name, "/in", i), "x");
    directory.Write(absl::StrCat(name, "/file"), absl::StrCat(i));
    paths.push_back(directory.Join(name));
  }
  std::vector<const char*> lower;
  for (const std::string& path : paths) {
    lower.push_back(path.c_str());
  }
  ErrnoOr<DetachedMount> overlay = NewOverlay({.lower = lower});
  ASSERT_THAT(overlay, IsOk());
  EXPECT_TRUE(StatAt(overlay->fd(), "in0", 0).ok());
  EXPECT_TRUE(StatAt(overlay->fd(), "in39", 0).ok());
  EXPECT_EQ(directory.Read("layer:with,a\\name0/file"), "0");
  directory.Write("merged/.keep", "");
  ErrnoOr<Fd> place = OpenAt(AT_FDCWD, directory.Join("merged").c_str(), O_PATH);
  ASSERT_THAT(overlay->AttachAt(place->get()), IsOk());
  EXPECT_EQ(directory.Read("merged/file"), "0");
  test::Unmount(directory.Join("merged"));
  // The layers are seen as they were.
  EXPECT_EQ(access(directory.Join("layer:with,a\\name0/in39").c_str(), F_OK), -1);
}

KERNEL_TEST(Mount, ShowsIdsAsAUserNamespaceMapsThem) {
  ErrnoOr<Process> holder = HoldUserNamespace(0, 100000, 10);
  ASSERT_THAT(holder, IsOk());
  ErrnoOr<Fd> users = OpenNamespaceOf(holder->pid(), "user");
  TempDir directory;
  std::vector<DetachedMount> layers;
  for (const char* name : {"one", "two"}) {
    directory.Write(std::string(name) + "/file", "");
    ErrnoOr<DetachedMount> clone = CloneMount(AT_FDCWD, directory.Join(name).c_str(), false);
    ASSERT_THAT(clone, IsOk());
    ASSERT_THAT(clone->MapIds(users->get(), true), IsOk());
    EXPECT_EQ(StatAt(clone->fd(), "file", 0)->st_uid, 100000u);
    EXPECT_THAT(clone->MapIds(users->get(), false), ErrnoIs(EPERM));
    layers.push_back(*std::move(clone));
  }
  ErrnoOr<DetachedMount> overlay = NewOverlayOf({.lower = layers});
  ASSERT_THAT(overlay, IsOk());
  EXPECT_EQ(StatAt(overlay->fd(), "file", 0)->st_uid, 100000u);
  EXPECT_THAT(overlay->MapIds(users->get(), false), ErrnoIs(EINVAL));
}

KERNEL_TEST(PivotInto, LeavesNothingOfTheOldRoot) {
  TempDir directory;
  const std::string path = directory.Join("m");
  DetachedMount mount = MountTmpfs(path);
  ASSERT_TRUE(CanWrite(path));
  ErrnoOr<Fd> root = Duplicate(mount.fd());
  ASSERT_THAT(PivotInto(root->get()), IsOk());
  EXPECT_TRUE(StatAt(AT_FDCWD, "/probe", 0).ok());
  EXPECT_FALSE(StatAt(AT_FDCWD, "/etc", 0).ok());
  EXPECT_THAT(CheckWorkingDirectory(), IsOk());
  _exit(::testing::Test::HasFailure() ? 1 : 0);  // the directory cannot be removed from here
}

}  // namespace
}  // namespace berth::sys
