// SPDX-License-Identifier: Apache-2.0
#include "base/sys/user_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/namespace.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::sys {
namespace {

using test::ErrnoIs;
using test::IsOk;
using test::TempDir;

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

KERNEL_TEST(UserNamespace, MapsOneRangeAndOwnsTheOthers) {
  ErrnoOr<Process> holder = HoldUserNamespace(CLONE_NEWUTS, 4294900000, 67295);
  ASSERT_THAT(holder, IsOk());
  const std::string proc = absl::StrCat("/proc/", holder->pid());
  EXPECT_EQ(FirstLine(proc + "/uid_map"), "         0 4294900000      67295");
  EXPECT_EQ(FirstLine(proc + "/gid_map"), "         0 4294900000      67295");
  EXPECT_NE(std::filesystem::read_symlink(proc + "/ns/uts"),
            std::filesystem::read_symlink("/proc/self/ns/uts"));
  EXPECT_EQ(std::filesystem::read_symlink(proc + "/ns/ipc"),
            std::filesystem::read_symlink("/proc/self/ns/ipc"));
  ErrnoOr<Fd> user = OpenNamespaceOf(holder->pid(), "user");
  ASSERT_THAT(user, IsOk());
  ASSERT_THAT(EnterNamespaces(holder->pidfd(), CLONE_NEWUTS), IsOk());
  ASSERT_THAT(EnterNamespaces(user->get(), CLONE_NEWUSER), IsOk());
  EXPECT_THAT(SetHostName("x", 1), IsOk());
  EXPECT_THAT(UnshareNamespaces(CLONE_NEWIPC), IsOk());
}

KERNEL_TEST(UserNamespace, LastsUntilItsHolderIsDropped) {
  pid_t pid = 0;
  {
    ErrnoOr<Process> holder = HoldUserNamespace(0, 1000, 1);
    ASSERT_THAT(holder, IsOk());
    pid = holder->pid();
    EXPECT_THAT(OpenNamespaceOf(pid, "user"), IsOk());
  }
  EXPECT_THAT(OpenNamespaceOf(pid, "user"), ErrnoIs(ENOENT));
  EXPECT_THAT(HoldUserNamespace(0, 1000, 0), ErrnoIs(EINVAL));
  EXPECT_THAT(OpenNamespaceOf(pid, "a name that is too long"), ErrnoIs(EINVAL));
}

KERNEL_TEST(FileOwner, IsAnotherWithAllCapabilitiesKept) {
  TempDir directory;
  const std::string closed = directory.Join("closed");
  ASSERT_EQ(mkdir(closed.c_str(), 0700), 0);
  ASSERT_THAT(SetFileOwner(1234, 1235), IsOk());
  ErrnoOr<Fd> file = OpenAt(AT_FDCWD, (closed + "/made").c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_THAT(file, IsOk());
  ErrnoOr<struct stat> info = Stat(file->get());
  EXPECT_EQ(info->st_uid, 1234u);
  EXPECT_EQ(info->st_gid, 1235u);
  EXPECT_THAT(SetOwner(file->get(), 7, 7), IsOk());
  EXPECT_EQ(geteuid(), 0u);
}

}  // namespace
}  // namespace berth::sys
