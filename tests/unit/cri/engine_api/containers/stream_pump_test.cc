// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/stream_pump.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "absl/time/time.h"
#include "gtest/gtest.h"

#include "base/clock.h"
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

TEST(StreamPump, WhoNeverReadsIsTakenForGoneAndTheProcessStays) {
  for (const bool has_ended : {false, true}) {
    const sys::SocketPair client = *sys::MakeSocketPair(SOCK_STREAM);
    const int small = 4096;
    ASSERT_EQ(setsockopt(client.second.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
    test::FakeProcess process;
    const std::string output(60 << 10, 'x');
    ASSERT_EQ(write(process.output.get(), output.data(), output.size()),
              static_cast<ssize_t>(output.size()));
    if (has_ended) {
      process.Exit(0);
    }
    const PumpEnd end = PumpStreams(*process.session, {.socket = client.second.get(),
                                                       .early = "",
                                                       .until_exit = true,
                                                       .patience = absl::Milliseconds(20)});
    EXPECT_FALSE(end.left);
    EXPECT_EQ(end.exit.has_value(), has_ended);
    EXPECT_TRUE(end.output.is_open());
  }
}

TEST(StreamPump, TheFirstBytesComeAloneAfterTheHead) {
  const sys::SocketPair client = *sys::MakeSocketPair(SOCK_STREAM);
  ASSERT_EQ(write(client.second.get(), "head", 4), 4);
  test::FakeProcess process;
  ASSERT_EQ(write(process.output.get(), "hi", 2), 2);
  process.output = sys::Fd();
  process.error = sys::Fd();
  std::string first(4096, '\0');
  std::thread reader([&] {
    const ssize_t count = read(client.first.get(), first.data(), first.size());
    first.resize(count > 0 ? static_cast<size_t>(count) : 0);
  });
  PumpStreams(*process.session, {.socket = client.second.get(), .early = ""});
  reader.join();
  EXPECT_EQ(first, "head");
}

TEST(StreamPump, AHeadThatNobodyReadsIsNotAwaitedForLong) {
  const sys::SocketPair client = *sys::MakeSocketPair(SOCK_STREAM);
  const absl::Time before = SteadyNow();
  AwaitHeadRead(client.second.get());
  ASSERT_EQ(write(client.second.get(), "head", 4), 4);
  const absl::Time sent = SteadyNow();
  EXPECT_LT(sent - before, kMaxHeadUnread) << "there was nothing to be read";
  AwaitHeadRead(client.second.get());
  EXPECT_GE(SteadyNow() - sent, kMaxHeadUnread);
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
