// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/stream_pump.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/pipe.h"
#include "base/sys/socket.h"
#include "runtime/plan/shim_protocol.h"
#include "tests/fakes/fake_process.h"

namespace berth::cri {
namespace {

TEST(StreamPump, FramesHaveStreamAndSize) {
  EXPECT_EQ(FrameHead(OutputStream::kError, 0x01020304), std::string("\2\0\0\0\1\2\3\4", 8));
}

std::string ReadAll(int fd) {
  std::string text;
  char piece[4096];
  for (ssize_t count = 0; (count = read(fd, piece, sizeof(piece))) > 0;) {
    text.append(piece, static_cast<size_t>(count));
  }
  return text;
}

TEST(StreamPump, CarriesOutputUntilItEndsAndTellsTheExit) {
  int client[2];
  int shim[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, shim), 0);
  const sys::Fd ours(client[0]);
  sys::Fd theirs(client[1]);
  const sys::Fd shim_end(shim[1]);
  sys::Pipe output = *sys::MakePipe();
  ASSERT_EQ(write(output.writer.get(), "hi\n", 3), 3);
  output.writer = sys::Fd();
  runtime::ShimReply reply;
  reply.type = runtime::ReplyType::kExited;
  reply.exit_code = 7;
  ASSERT_EQ(write(shim_end.get(), &reply, sizeof(reply)), static_cast<ssize_t>(sizeof(reply)));
  runtime::ProcessEnds ends;
  ends.shim = sys::Fd(shim[0]);
  ends.output = std::move(output.reader);
  runtime::ProcessSession session(runtime::ProcessSession::Kind::kExec, std::move(ends));
  const PumpEnd end = PumpStreams(
      session, {.socket = theirs.get(), .early = "", .framed = true, .until_exit = true});
  theirs = sys::Fd();
  EXPECT_EQ(end.exit->value(), 7);
  EXPECT_EQ(ReadAll(ours.get()), std::string("\1\0\0\0\0\0\0\3hi\n", 11));
}

TEST(StreamPump, WhoTypesTheKeysLeavesAndTheProcessStays) {
  int client[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
  const sys::Fd ours(client[0]);
  const sys::Fd theirs(client[1]);
  test::FakeProcess process;
  ASSERT_EQ(write(ours.get(), "ls\n\x10\x11", 5), 5);
  const PumpEnd end = PumpStreams(*process.session, {.socket = theirs.get(),
                                                     .early = "",
                                                     .input = true,
                                                     .until_exit = true,
                                                     .detach_keys = "\x10\x11"});
  EXPECT_TRUE(end.left);
  EXPECT_FALSE(end.exit.has_value());
  EXPECT_TRUE(end.output.is_open() && end.error.is_open());
  EXPECT_EQ(ReadAll(process.input.get()), "ls\n");
}

TEST(StreamPump, OutputThatNobodyEndsIsNotAwaitedForEver) {
  int client[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
  const sys::Fd ours(client[0]);
  const sys::Fd theirs(client[1]);
  test::FakeProcess process;
  process.Exit(3);
  const PumpEnd end =
      PumpStreams(*process.session, {.socket = theirs.get(), .early = "", .until_exit = true});
  EXPECT_EQ(end.exit->value(), 3);
}

TEST(StreamPump, WhoOnlySendsNoMoreHasNotGone) {
  int client[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
  sys::Fd ours(client[0]);
  const sys::Fd theirs(client[1]);
  shutdown(ours.get(), SHUT_WR);
  EXPECT_TRUE(CallOf(theirs.get()).Check().ok());
  ours = sys::Fd();
  EXPECT_FALSE(CallOf(theirs.get()).Check().ok());
}

}  // namespace
}  // namespace berth::cri
