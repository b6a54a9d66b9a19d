// SPDX-License-Identifier: Apache-2.0
#include "base/sys/namespace.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::sys {
namespace {

using test::ErrnoIs;
using test::IsOk;

ino_t InodeOf(const char* name) {
  ErrnoOr<Fd> fd = OpenOwnNamespace(name);
  EXPECT_THAT(fd, IsOk());
  return Stat(fd->get())->st_ino;
}

bool LoopbackIsUp() {
  Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = {};
  memcpy(request.ifr_name, "lo", sizeof("lo"));
  EXPECT_EQ(ioctl(any.get(), SIOCGIFFLAGS, &request), 0);
  return (request.ifr_flags & IFF_UP) != 0;
}

KERNEL_TEST(Namespace, IsLeftAndEnteredAgain) {
  const ino_t before = InodeOf("uts");
  ErrnoOr<Fd> old = OpenOwnNamespace("uts");
  ASSERT_THAT(UnshareNamespaces(CLONE_NEWUTS), IsOk());
  EXPECT_NE(InodeOf("uts"), before);
  ASSERT_THAT(SetHostName("inside", 6), IsOk());
  char name[64] = {};
  ASSERT_EQ(gethostname(name, sizeof(name) - 1), 0);
  EXPECT_STREQ(name, "inside");
  ASSERT_THAT(EnterNamespaces(old->get(), CLONE_NEWUTS), IsOk());
  EXPECT_EQ(InodeOf("uts"), before);
  EXPECT_THAT(EnterNamespaces(old->get(), CLONE_NEWNET), ErrnoIs(EINVAL));
  EXPECT_THAT(OpenOwnNamespace("nothing"), ErrnoIs(ENOENT));
  EXPECT_THAT(OpenOwnNamespace("a-name-that-is-far-too-long-for-any"), ErrnoIs(EINVAL));
}

KERNEL_TEST(Namespace, OfANetworkGetsItsLoopback) {
  ASSERT_THAT(UnshareNamespaces(CLONE_NEWNET), IsOk());
  EXPECT_FALSE(LoopbackIsUp());
  ASSERT_THAT(BringLoopbackUp(), IsOk());
  EXPECT_TRUE(LoopbackIsUp());
}

KERNEL_TEST(WorkingDirectory, OutsideOfTheRootIsToldApart) {
  test::TempDir directory;
  directory.Write("root/file", "");
  ErrnoOr<Fd> outside = OpenAt(AT_FDCWD, directory.path().c_str(), O_PATH | O_DIRECTORY);
  ErrnoOr<Fd> inside = OpenAt(AT_FDCWD, directory.Join("root").c_str(), O_PATH | O_DIRECTORY);
  ErrnoOr<Fd> top = OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
  ASSERT_THAT(ChangeDirectory(inside->get()), IsOk());
  EXPECT_THAT(CheckWorkingDirectory(), IsOk());
  ASSERT_EQ(chroot("."), 0);
  EXPECT_THAT(CheckWorkingDirectory(), IsOk());
  ASSERT_THAT(ChangeDirectory(outside->get()), IsOk());
  EXPECT_THAT(CheckWorkingDirectory(), ErrnoIs(ENOENT));
  ASSERT_THAT(ChangeDirectory(top->get()), IsOk());
  ASSERT_EQ(chroot("."), 0);
}

KERNEL_TEST(Session, IsNew) {
  EXPECT_NE(getsid(0), getpid());
  ASSERT_THAT(NewSession(), IsOk());
  EXPECT_EQ(getsid(0), getpid());
  EXPECT_THAT(NewSession(), ErrnoIs(EPERM));
}

}  // namespace
}  // namespace berth::sys
