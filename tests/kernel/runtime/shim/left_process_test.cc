// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/left_process.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/socket.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::shim {
namespace {

using test::ErrnoIs;
using test::IsOk;

TEST(ParsePid, TakesANumberAndNothingElse) {
  EXPECT_EQ(ParsePid("17"), 17);
  EXPECT_EQ(ParsePid("17\n"), 17);
  for (const char* text : {"", "\n", "0", "-1", "17 ", " 17", "17\n\n", "x", "99999999999999"}) {
    EXPECT_EQ(ParsePid(text), 0) << text;
  }
}

TEST(ReadPidFile, FollowsNoLinkAndWaitsForNobody) {
  test::TempDir directory;
  ASSERT_EQ(mkfifo(directory.Join("pipe").c_str(), 0600), 0);
  EXPECT_THAT(ReadPidFile(directory.Join("pipe").c_str()), ErrnoIs(EBADMSG));
  directory.Write("pid", "5\n");
  directory.Write("none", "no number");
  ASSERT_EQ(symlink("pid", directory.Join("link").c_str()), 0);
  EXPECT_EQ(*ReadPidFile(directory.Join("pid").c_str()), 5);
  EXPECT_THAT(ReadPidFile(directory.Join("link").c_str()), ErrnoIs(ELOOP));
  EXPECT_THAT(ReadPidFile(directory.Join("none").c_str()), ErrnoIs(EBADMSG));
  EXPECT_THAT(ReadPidFile(directory.Join("absent").c_str()), ErrnoIs(ENOENT));
}

KERNEL_TEST(OpenLeftProcess, TakesNobodyButAChild) {
  sys::ErrnoOr<sys::ClonedProcess> child = sys::CloneProcess({});
  ASSERT_THAT(child, IsOk());
  if (child->pid == 0) {
    _exit(0);
  }
  EXPECT_EQ(OpenLeftProcess(child->pid)->pid, child->pid);
  EXPECT_THAT(OpenLeftProcess(getpid()), ErrnoIs(ECHILD));
  EXPECT_THAT(OpenLeftProcess(1), ErrnoIs(ECHILD));
  ASSERT_TRUE(sys::Process(child->pid, std::move(child->pidfd)).Wait(test::Soon()).ok());
}

class ReceivesTerminal : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = directory_.Join("console");
    sys::ErrnoOr<sys::Fd> listener =
        sys::ListenAt(path_.c_str(), 0600, 1, SOCK_STREAM | SOCK_NONBLOCK);
    ASSERT_THAT(listener, IsOk());
    listener_ = *std::move(listener);
  }
  // As a runtime does: it connects, sends and closes.
  void Send(int descriptor) {
    sys::ErrnoOr<sys::Fd> client = sys::ConnectTo(path_.c_str(), SOCK_STREAM);
    ASSERT_THAT(client, IsOk());
    ASSERT_TRUE(sys::SendPacket(client->get(), "/dev/ptmx", 9,
                                std::span(&descriptor, descriptor < 0 ? 0 : 1), sys::kNoDeadline)
                    .ok());
  }
  test::TempDir directory_;
  std::string path_;
  sys::Fd listener_;
};

TEST_F(ReceivesTerminal, WithItsOtherEnd) {
  sys::ErrnoOr<sys::Fd> pts = sys::OpenAt(AT_FDCWD, "/dev/pts", O_PATH);
  sys::ErrnoOr<sys::Terminal> made = sys::OpenTerminal(pts->get(), "ptmx");
  ASSERT_THAT(made, IsOk());
  Send(made->master.get());
  sys::ErrnoOr<sys::Terminal> terminal = ReceiveTerminal(listener_.get());
  ASSERT_THAT(terminal, IsOk());
  EXPECT_TRUE(isatty(terminal->slave.get()));
  EXPECT_NE(fcntl(terminal->master.get(), F_GETFL) & O_NONBLOCK, 0);
  ASSERT_EQ(write(terminal->slave.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(terminal->master.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
}

TEST_F(ReceivesTerminal, WithoutWaitingAndNothingElse) {
  EXPECT_THAT(ReceiveTerminal(listener_.get()), ErrnoIs(EAGAIN));
  Send(-1);
  EXPECT_THAT(ReceiveTerminal(listener_.get()), ErrnoIs(EBADMSG));
  Send(STDIN_FILENO);
  EXPECT_THAT(ReceiveTerminal(listener_.get()), ErrnoIs(EINVAL));
}

}  // namespace
}  // namespace berth::shim
