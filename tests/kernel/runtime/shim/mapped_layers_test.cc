// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/mapped_layers.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/credentials.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/user_namespace.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::shim {
namespace {

using test::ErrnoIs;
using test::IsOk;
using test::TempDir;

constexpr uint32_t kFirst = 500000;

sys::Fd UserNamespace() {
  sys::ErrnoOr<sys::Process> holder = sys::HoldUserNamespace(0, kFirst, 1000);
  EXPECT_THAT(holder, IsOk());
  sys::ErrnoOr<sys::Fd> opened = sys::OpenNamespaceOf(holder->pid(), "user");
  EXPECT_THAT(opened, IsOk());
  return *std::move(opened);
}

uid_t OwnerOf(int directory, const char* name) {
  sys::ErrnoOr<struct stat> info = sys::StatAt(directory, name, AT_SYMLINK_NOFOLLOW);
  EXPECT_THAT(info, IsOk()) << name;
  return info.ok() ? info->st_uid : 0;
}

// As before Linux 6.15.
void RefuseLayersByDescriptor() {
  const sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsconfig, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FSCONFIG_SET_FD, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const std::string text(reinterpret_cast<const char*>(program), sizeof(program));
  ASSERT_THAT(sys::LoadSeccompFilter(text, 0), IsOk());
}

// Where the layers are attached in turn, until it is dropped.
class Place {
 public:
  Place() = default;
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    constexpr int kDetach = 2;  // MNT_DETACH of <sys/mount.h>, which <linux/mount.h> excludes
    while (syscall(SYS_umount2, c_str(), kDetach) == 0) {
    }
  }
  const char* c_str() const { return directory_.path().c_str(); }

 private:
  TempDir directory_;
};

void ExpectTheNamespacesIds() {
  TempDir directory;
  const Place place;
  for (const char* file : {"one/a", "two/b", "w/upper/1/.keep", "w/work/.keep"}) {
    directory.Write(file, "");
  }
  ASSERT_EQ(chown(directory.Join("two/b").c_str(), 7, 7), 0);
  ASSERT_EQ(mkdir(directory.Join("w/work/1").c_str(), 0700), 0);
  const sys::Fd users = UserNamespace();
  ASSERT_THAT(sys::SetFileOwner(kFirst, kFirst), IsOk());
  const std::vector<std::string> lower = {directory.Join("one"), directory.Join("two")};
  const MappedLayers layers = {place.c_str(), lower, directory.Join("w/upper/1"),
                               directory.Join("w/work/1"), false};
  sys::ErrnoOr<sys::DetachedMount> overlay = NewMappedOverlay(layers, users.get());
  ASSERT_THAT(overlay, IsOk());
  EXPECT_EQ(OwnerOf(overlay->fd(), "a"), kFirst);
  EXPECT_EQ(OwnerOf(overlay->fd(), "b"), kFirst + 7);
  EXPECT_THAT(sys::MakeDirectory(overlay->fd(), "made", 0755), IsOk());
  EXPECT_THAT(sys::SetModeAt(overlay->fd(), "b", 0600), IsOk());
  EXPECT_EQ(OwnerOf(AT_FDCWD, directory.Join("w/upper/1/made").c_str()), 0u);
  EXPECT_EQ(OwnerOf(AT_FDCWD, directory.Join("w/upper/1/b").c_str()), 7u);
}

KERNEL_TEST(MappedLayers, AreTheNamespacesAndKeepTheirIdsOnDisk) {
  ExpectTheNamespacesIds();
}

KERNEL_TEST(MappedLayers, AreSoOnOlderKernelsToo) {
  RefuseLayersByDescriptor();
  ExpectTheNamespacesIds();
}

KERNEL_TEST(MappedLayers, OfReadOnlyOverlays) {
  TempDir directory;
  directory.Write("one/a", "");
  directory.Write("two/b", "");
  const Place place;
  const sys::Fd users = UserNamespace();
  const std::vector<std::string> lower = {directory.Join("one"), directory.Join("two")};
  sys::ErrnoOr<sys::DetachedMount> overlay = NewMappedOverlay({place.c_str(), lower}, users.get());
  ASSERT_THAT(overlay, IsOk());
  EXPECT_EQ(OwnerOf(overlay->fd(), "b"), kFirst);
  sys::ErrnoOr<sys::DetachedMount> one = CloneMapped(lower[0], users.get());
  ASSERT_THAT(one, IsOk());
  EXPECT_EQ(OwnerOf(one->fd(), "a"), kFirst);
}

KERNEL_TEST(MappedLayers, AreRefusedWhereTheyCannotBe) {
  const sys::Fd users = UserNamespace();
  EXPECT_THAT(CloneMapped("/proc", users.get()), ErrnoIs(EINVAL));
  EXPECT_THAT(CloneMapped("/nowhere", users.get()), ErrnoIs(ENOENT));
  const std::vector<std::string> lower = {"/bin"};
  EXPECT_THAT(NewMappedOverlay({"/", lower, "/a", "/b", true}, users.get()), ErrnoIs(EINVAL));
  EXPECT_THAT(NewMappedOverlay({"/", lower, "/tmp/a", "/tmp/a", true}, users.get()),
              ErrnoIs(ENOENT));
}

}  // namespace
}  // namespace berth::shim
