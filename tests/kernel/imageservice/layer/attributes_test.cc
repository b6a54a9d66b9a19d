// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/attributes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

TarMember Member() {
  TarMember member;
  member.path = "f";
  member.mode = 04755;
  member.uid = 12;
  member.gid = 34;
  member.mtime = {1000, 5};
  return member;
}

KERNEL_TEST(Attributes, AreSetInAnOrderThatKeepsSetuid) {
  test::TempDir space;
  sys::Fd file(open(space.Write("f", "x").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_THAT(ApplyAttributes(file.get(), Member(), false), IsOk());
  struct stat info = {};
  ASSERT_EQ(fstat(file.get(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 04755u);
  EXPECT_EQ(info.st_uid, 12u);
  EXPECT_EQ(info.st_gid, 34u);
  EXPECT_EQ(info.st_mtim.tv_sec, 1000);
  EXPECT_EQ(info.st_mtim.tv_nsec, 5);
}

KERNEL_TEST(Attributes, OfASymlinkAreItsOwn) {
  test::TempDir space;
  std::string target = space.Write("target", "x");
  ASSERT_EQ(symlink("target", space.Join("link").c_str()), 0);
  TarMember member = Member();
  member.type = TarMember::Type::kSymlink;
  ASSERT_THAT(ApplyAttributesAt(space.fd(), "link", member), IsOk());
  struct stat info = {};
  ASSERT_EQ(lstat(space.Join("link").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 12u);
  EXPECT_EQ(info.st_mtim.tv_sec, 1000);
  ASSERT_EQ(stat(target.c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 0u);
  EXPECT_NE(info.st_mtim.tv_sec, 1000);
}

KERNEL_TEST(Attributes, OfADeviceAreSetWithoutOpeningIt) {
  test::TempDir space;
  ASSERT_EQ(mkfifo(space.Join("fifo").c_str(), 0600), 0);  // opening it would wait for a writer
  TarMember member = Member();
  member.type = TarMember::Type::kFifo;
  ASSERT_THAT(ApplyAttributesAt(space.fd(), "fifo", member), IsOk());
  struct stat info = {};
  ASSERT_EQ(lstat(space.Join("fifo").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 04755u);
  EXPECT_EQ(info.st_gid, 34u);
}

KERNEL_TEST(Attributes, RefuseTheXattrsOfOverlayfs) {
  test::TempDir space;
  sys::Fd file(open(space.Write("f", "x").c_str(), O_WRONLY | O_CLOEXEC));
  for (const char* name :
       {"trusted.overlay.opaque", "trusted.overlay.x", "user.overlay.redirect"}) {
    TarMember member = Member();
    member.xattrs = {{name, "y"}};
    EXPECT_THAT(ApplyAttributes(file.get(), member, true), StatusIs(absl::StatusCode::kDataLoss))
        << name;
  }
}

KERNEL_TEST(Attributes, AreCopiedWithTheAllowedXattrs) {
  test::TempDir space;
  std::string from_path = space.Write("from", "x");
  sys::Fd from(open(from_path.c_str(), O_RDONLY | O_CLOEXEC));
  sys::Fd to(open(space.Write("to", "x").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(fchown(from.get(), 7, 8), 0);
  ASSERT_EQ(fchmod(from.get(), 02640), 0);
  ASSERT_EQ(setxattr(from_path.c_str(), "user.a", "1", 1, 0), 0);
  ASSERT_EQ(setxattr(from_path.c_str(), "trusted.overlay.origin", "2", 1, 0), 0);
  struct stat info = {};
  ASSERT_EQ(fstat(from.get(), &info), 0);
  ASSERT_THAT(CopyAttributes(from.get(), info, to.get()), IsOk());
  ASSERT_EQ(fstat(to.get(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 02640u);
  EXPECT_EQ(info.st_uid, 7u);
  char value = 0;
  EXPECT_EQ(fgetxattr(to.get(), "user.a", &value, 1), 1);
  EXPECT_EQ(fgetxattr(to.get(), "trusted.overlay.origin", &value, 1), -1);
}

}  // namespace
}  // namespace berth::imageservice
