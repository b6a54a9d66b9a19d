// SPDX-License-Identifier: Apache-2.0
#include "base/sys/inode.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "tests/support/file_tree.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::sys {
namespace {

using test::Dir;
using test::ErrnoIs;
using test::File;
using test::IsOk;
using test::IsOkAndHolds;
using test::MakeTree;
using test::TempDir;

struct stat Status(const TempDir& dir, const char* name) {
  struct stat info = {};
  EXPECT_EQ(fstatat(dir.fd(), name, &info, AT_SYMLINK_NOFOLLOW), 0) << name;
  return info;
}

Fd Open(const TempDir& dir, const char* name, int flags = O_RDWR | O_CREAT) {
  ErrnoOr<Fd> file = OpenAt(dir.fd(), name, flags, 0644);
  EXPECT_THAT(file, IsOk()) << name;
  return file.ok() ? *std::move(file) : Fd();
}

TEST(Inode, MakesDirectoriesAndLinks) {
  TempDir dir;
  EXPECT_THAT(MakeDirectory(dir.fd(), "d", 0700), IsOk());
  EXPECT_THAT(MakeDirectory(dir.fd(), "d", 0700), ErrnoIs(EEXIST));
  EXPECT_THAT(MakeSymlink("no/where", dir.fd(), "s"), IsOk());
  EXPECT_TRUE(S_ISLNK(Status(dir, "s").st_mode));
  dir.Write("f", "x");
  EXPECT_THAT(MakeLink(dir.fd(), "f", dir.fd(), "d/g"), IsOk());
  EXPECT_EQ(Status(dir, "f").st_nlink, 2u);
  EXPECT_THAT(MakeLink(dir.fd(), "s", dir.fd(), "t"), IsOk());
  EXPECT_TRUE(S_ISLNK(Status(dir, "t").st_mode));
}

KERNEL_TEST(Inode, MakesNodes) {
  TempDir dir;
  EXPECT_THAT(MakeNode(dir.fd(), "null", S_IFCHR | 0600, makedev(1, 3)), IsOk());
  EXPECT_TRUE(S_ISCHR(Status(dir, "null").st_mode));
  EXPECT_EQ(Status(dir, "null").st_rdev, makedev(1, 3));
  EXPECT_THAT(MakeNode(dir.fd(), "fifo", S_IFIFO | 0600, 0), IsOk());
  Fd fifo = Open(dir, "fifo", O_PATH);
  EXPECT_THAT(SetModeOfPath(fifo.get(), 0622), IsOk());
  EXPECT_EQ(Status(dir, "fifo").st_mode & 07777, 0622u);
}

KERNEL_TEST(Inode, SetsAttributesOfASymlinkAndNotOfItsTarget) {
  const TempDir directory;
  const std::string target = directory.Write("target", "x");
  const std::string link = directory.Join("link");
  ASSERT_EQ(symlink(target.c_str(), link.c_str()), 0);
  const ErrnoOr<Fd> opened = OpenAt(AT_FDCWD, link.c_str(), O_PATH | O_NOFOLLOW);
  ASSERT_THAT(opened, IsOk());
  constexpr char kLabel[] = "u:object_r:t:s0";
  ASSERT_THAT(SetXattrOfPath(opened->get(), "security.selinux", kLabel, sizeof(kLabel)), IsOk());
  char value[64] = {};
  EXPECT_EQ(lgetxattr(link.c_str(), "security.selinux", value, sizeof(value)), 16);
  EXPECT_STREQ(value, kLabel);
  std::array<char, 64> read = {};
  const ErrnoOr<size_t> size = GetXattrOfPath(opened->get(), "security.selinux", read);
  ASSERT_THAT(size, IsOk());
  EXPECT_STREQ(read.data(), kLabel);
  EXPECT_LT(lgetxattr(target.c_str(), "security.selinux", value, sizeof(value)), 0);
}

KERNEL_TEST(Inode, ChangesOwnersWithoutFollowingLinks) {
  TempDir dir;
  Fd file = Open(dir, "f");
  EXPECT_THAT(SetOwner(file.get(), 11, 12), IsOk());
  EXPECT_EQ(Status(dir, "f").st_uid, 11u);
  EXPECT_THAT(MakeSymlink("f", dir.fd(), "s"), IsOk());
  EXPECT_THAT(SetOwnerAt(dir.fd(), "s", 21, 22), IsOk());
  EXPECT_EQ(Status(dir, "s").st_gid, 22u);
  EXPECT_EQ(Status(dir, "f").st_gid, 12u);
}

TEST(Inode, ChangesModesAndTimes) {
  TempDir dir;
  Fd file = Open(dir, "f");
  EXPECT_THAT(SetMode(file.get(), 04751), IsOk());
  EXPECT_EQ(Status(dir, "f").st_mode & 07777, 04751u);
  EXPECT_THAT(SetModificationTime(file.get(), {1234567890, 123456789}), IsOk());
  EXPECT_EQ(Status(dir, "f").st_mtim.tv_sec, 1234567890);
  EXPECT_EQ(Status(dir, "f").st_mtim.tv_nsec, 123456789);
  EXPECT_THAT(MakeSymlink("f", dir.fd(), "s"), IsOk());
  EXPECT_THAT(SetModificationTimeAt(dir.fd(), "s", {1, 0}), IsOk());
  EXPECT_EQ(Status(dir, "s").st_mtim.tv_sec, 1);
  EXPECT_EQ(Status(dir, "f").st_mtim.tv_sec, 1234567890);
}

TEST(Inode, GivesAnUnnamedFileAName) {
  TempDir dir;
  Fd file = Open(dir, ".", O_TMPFILE | O_RDWR);
  EXPECT_THAT(WriteAll(file.get(), "abc", 3), IsOk());
  EXPECT_THAT(LinkUnnamed(file.get(), dir.fd(), "named"), IsOk());
  EXPECT_EQ(dir.Read("named"), "abc");
  EXPECT_THAT(LinkUnnamed(file.get(), dir.fd(), "named"), ErrnoIs(EEXIST));
}

KERNEL_TEST(Inode, KeepsExtendedAttributes) {
  TempDir dir;
  Fd file = Open(dir, "f");
  char buffer[64];
  EXPECT_THAT(GetXattr(file.get(), "trusted.test", buffer), ErrnoIs(ENODATA));
  ASSERT_THAT(SetXattr(file.get(), "trusted.test", "a\0b", 3), IsOk());
  EXPECT_THAT(GetXattr(file.get(), "trusted.test", buffer), IsOkAndHolds(3u));
  EXPECT_EQ(std::string(buffer, 3), std::string("a\0b", 3));
  EXPECT_THAT(GetXattr(file.get(), "trusted.test", std::span(buffer, 2)), ErrnoIs(ERANGE));
  ErrnoOr<size_t> size = ListXattrs(file.get(), buffer);
  ASSERT_THAT(size, IsOk());
  EXPECT_NE(std::string(buffer, *size).find("trusted.test"), std::string::npos);
}

TEST(Inode, ReadsLinks) {
  TempDir dir;
  ASSERT_THAT(MakeSymlink("target", dir.fd(), "s"), IsOk());
  char buffer[64];
  EXPECT_THAT(ReadSymlinkAt(dir.fd(), "s", buffer), IsOkAndHolds(6u));
  EXPECT_THAT(ReadSymlinkAt(dir.fd(), "s", std::span(buffer, 3)), IsOkAndHolds(3u));
  EXPECT_THAT(ReadSymlinkAt(dir.fd(), ".", buffer), ErrnoIs(EINVAL));
}

TEST(Inode, WritesAtAnOffsetAndLeavesAHole) {
  TempDir dir;
  Fd file = Open(dir, "f");
  EXPECT_THAT(WriteAllAt(file.get(), "end", 3, 1 << 20), IsOk());
  EXPECT_EQ(Status(dir, "f").st_size, (1 << 20) + 3);
  EXPECT_LT(Status(dir, "f").st_blocks * 512, 1 << 18);
  EXPECT_THAT(Truncate(file.get(), 2 << 20), IsOk());
  EXPECT_EQ(Status(dir, "f").st_size, 2 << 20);
}

TEST(Inode, SyncsAndMeasures) {
  TempDir dir;
  Fd file = Open(dir, "f");
  EXPECT_THAT(SyncData(file.get()), IsOk());
  EXPECT_THAT(SyncFilesystem(file.get()), IsOk());
  EXPECT_THAT(StartWriteback(file.get(), 0, 0), IsOk());
  ErrnoOr<Space> space = SpaceOf(dir.fd());
  ASSERT_THAT(space, IsOk());
  EXPECT_GT(space->free_bytes, 0u);
  EXPECT_GE(space->bytes, space->free_bytes);
  EXPECT_GE(space->inodes, space->free_inodes);
  EXPECT_THAT(SpaceOf(-1), ErrnoIs(EBADF));
}

TEST(Inode, EnsuresDirectories) {
  TempDir dir;
  EXPECT_THAT(EnsureDirectory(dir.fd(), "a", 0700), IsOk());
  EXPECT_THAT(EnsureDirectory(dir.fd(), "a", 0755), IsOk());
  EXPECT_EQ(StatAt(dir.fd(), "a", 0)->st_mode & 0777, 0700u);
  dir.Write("file", "");
  EXPECT_THAT(EnsureDirectory(dir.fd(), "file", 0755), ErrnoIs(ENOTDIR));
  EXPECT_THAT(EnsureDirectory(dir.fd(), "no/such", 0755), ErrnoIs(ENOENT));
}

TEST(Inode, RemovesWhatIsThereAndTakesAbsenceForSuccess) {
  TempDir dir;
  MakeTree(dir.path(), {File("file"), Dir("empty"), Dir("full", {File("file")})});
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(RemoveFile(dir.fd(), "file"), IsOk());
    EXPECT_THAT(RemoveDirectory(dir.fd(), "empty"), IsOk());
  }
  EXPECT_THAT(RemoveDirectory(dir.fd(), "full"), ErrnoIs(ENOTEMPTY));
}

TEST(Inode, DescribesAndChanges) {
  TempDir dir;
  dir.Write("a", "123");
  EXPECT_THAT(SetModeAt(dir.fd(), "a", 0640), IsOk());
  EXPECT_THAT(SetOwnerAt(dir.fd(), "a", static_cast<uid_t>(-1), static_cast<gid_t>(-1)), IsOk());
  EXPECT_EQ(StatAt(dir.fd(), "a", 0)->st_mode & 07777, 0640u);
  EXPECT_THAT(Rename(dir.fd(), "a", dir.fd(), "b"), IsOk());
  ErrnoOr<Fd> file = OpenAt(dir.fd(), "b", O_RDWR);
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(Stat(file->get())->st_size, 3);
  EXPECT_THAT(Stat(-1), ErrnoIs(EBADF));
  EXPECT_THAT(StatAt(dir.fd(), "a", 0), ErrnoIs(ENOENT));
  EXPECT_THAT(Rename(dir.fd(), "a", dir.fd(), "b"), ErrnoIs(ENOENT));
}

}  // namespace
}  // namespace berth::sys
