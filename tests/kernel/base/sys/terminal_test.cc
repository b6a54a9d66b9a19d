// SPDX-License-Identifier: Apache-2.0
#include "base/sys/terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/mount.h"
#include "base/sys/namespace.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::sys {
namespace {

using test::ErrnoIs;
using test::IsOk;

KERNEL_TEST(Terminal, IsOfTheInstanceAsked) {
  test::TempDir directory;
  const MountOption options[] = {{"newinstance", nullptr}, {"ptmxmode", "0666"}};
  ErrnoOr<DetachedMount> devpts = NewMount("devpts", options, 0);
  ASSERT_THAT(devpts, IsOk());
  ASSERT_THAT(devpts->AttachAt(directory.fd()), IsOk());
  for (int number = 0; number < 2; ++number) {
    ErrnoOr<Terminal> terminal = OpenTerminal(devpts->fd(), "ptmx");
    ASSERT_THAT(terminal, IsOk());
    EXPECT_TRUE(StatAt(devpts->fd(), "0", 0).ok());
    EXPECT_TRUE(isatty(terminal->slave.get()));
    ASSERT_THAT(SetWindowSize(terminal->master.get(), 11, 22), IsOk());
    winsize size = {};
    ASSERT_EQ(ioctl(terminal->slave.get(), TIOCGWINSZ, &size), 0);
    EXPECT_EQ(size.ws_row, 11);
    EXPECT_EQ(size.ws_col, 22);
  }
  test::Unmount(directory.path());
}

KERNEL_TEST(Terminal, OfSomebodyElseIsAdoptedByItsMaster) {
  test::TempDir directory;
  const MountOption options[] = {{"newinstance", nullptr}, {"ptmxmode", "0666"}};
  ErrnoOr<DetachedMount> devpts = NewMount("devpts", options, 0);
  ASSERT_THAT(devpts, IsOk());
  ErrnoOr<Terminal> made = OpenTerminal(devpts->fd(), "ptmx");
  ASSERT_THAT(made, IsOk());
  ASSERT_EQ(fcntl(made->master.get(), F_SETFL, 0), 0);
  ErrnoOr<Terminal> adopted = AdoptTerminal(std::move(made->master));
  ASSERT_THAT(adopted, IsOk());
  EXPECT_TRUE(isatty(adopted->slave.get()));
  EXPECT_NE(fcntl(adopted->master.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_THAT(AdoptTerminal(std::move(made->slave)), ErrnoIs(EINVAL));
}

KERNEL_TEST(Terminal, OtherEndOpensByNameToo) {
  test::TempDir directory;
  const MountOption options[] = {{"newinstance", nullptr}, {"ptmxmode", "0666"}};
  ErrnoOr<DetachedMount> devpts = NewMount("devpts", options, 0);
  ASSERT_THAT(devpts, IsOk());
  ErrnoOr<Terminal> terminal = OpenTerminal(devpts->fd(), "ptmx");
  ASSERT_THAT(terminal, IsOk());
  ErrnoOr<Fd> again = OpenSlave(devpts->fd(), "/", *terminal);
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(isatty(again->get()));
  directory.Write("0", "");
  EXPECT_THAT(OpenSlave(directory.fd(), "/", *terminal), ErrnoIs(EINVAL));
  EXPECT_THAT(OpenSlave(directory.fd(), std::string(80, 'x').c_str(), *terminal),
              ErrnoIs(ENAMETOOLONG));
}

KERNEL_TEST(Terminal, IsNotMadeOfAnythingElse) {
  test::TempDir directory;
  directory.Write("file", "");
  ASSERT_EQ(mkfifo(directory.Join("fifo").c_str(), 0600), 0);
  // The right device, but on another filesystem: the host's own instance would answer.
  ASSERT_EQ(mknod(directory.Join("node").c_str(), S_IFCHR | 0600, makedev(5, 2)), 0);
  ASSERT_EQ(symlink("/dev/ptmx", directory.Join("link").c_str()), 0);
  for (const char* name : {"file", "fifo", "node"}) {
    EXPECT_THAT(OpenTerminal(directory.fd(), name), ErrnoIs(EINVAL)) << name;
  }
  EXPECT_THAT(OpenTerminal(directory.fd(), "link"), ErrnoIs(ENOENT));
  EXPECT_THAT(OpenTerminal(directory.fd(), "absent"), ErrnoIs(ENOENT));
}

KERNEL_TEST(Terminal, BecomesTheControllingOneOfALeader) {
  signal(SIGHUP, SIG_IGN);  // comes when the master is closed
  ErrnoOr<Fd> dev = OpenAt(AT_FDCWD, "/dev/pts", O_PATH);
  ErrnoOr<Terminal> terminal = OpenTerminal(dev->get(), "ptmx");
  ASSERT_THAT(terminal, IsOk());
  EXPECT_THAT(OpenAt(AT_FDCWD, "/dev/tty", O_RDWR), ErrnoIs(ENXIO));
  ASSERT_THAT(NewSession(), IsOk());
  ASSERT_THAT(TakeControllingTerminal(terminal->slave.get()), IsOk());
  EXPECT_THAT(OpenAt(AT_FDCWD, "/dev/tty", O_RDWR), IsOk());
  ErrnoOr<Fd> null = OpenAt(AT_FDCWD, "/dev/null", O_RDWR);
  EXPECT_THAT(TakeControllingTerminal(null->get()), ErrnoIs(ENOTTY));
  EXPECT_THAT(SetWindowSize(null->get(), 1, 1), ErrnoIs(ENOTTY));
}

}  // namespace
}  // namespace berth::sys
