// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "gtest/gtest.h"

#include "base/detach_keys.h"
#include "base/sys/file.h"
#include "base/sys/socket.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/cli/fake_engine.h"
#include "tests/unit/cri/cli/replaced_stream.h"

namespace berth::cli {
namespace {

struct Ends {
  sys::Fd daemon;
  EngineStream client;
};

Ends Connected(std::string early = "") {
  int pair[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  return {sys::Fd(pair[0]), {.socket = sys::Fd(pair[1]), .early = std::move(early)}};
}

size_t ReadAll(const sys::Fd& from, std::string& buffer) {
  const sys::ErrnoOr<size_t> size = sys::ReadFull(from.get(), buffer);
  return size.ok() ? *size : 0;
}

TEST(EngineStream, IsWhatASuccessMakesOfTheConnection) {
  const test::TempDir directory;
  FakeEngine engine(directory.Join("cri.sock"));
  engine.Answer("POST /x", "hello", "101 UPGRADED");
  engine.Answer("POST /y", "{}");
  const std::string path = directory.Join("docker.sock");
  const absl::StatusOr<EngineStream> stream = OpenStream(path, {.method = "POST", .target = "/x"});
  ASSERT_THAT(stream, test::IsOk());
  std::string rest(16, '\0');
  rest.resize(ReadAll(stream->socket, rest));
  EXPECT_EQ(stream->early + rest, "hello");
  EXPECT_THAT(OpenStream(path, {.method = "POST", .target = "/y"}),
              test::StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(OpenStream(path, {.method = "POST", .target = "/z"}),
              test::StatusIs(absl::StatusCode::kNotFound));
}

TEST(EngineStream, InputGoesThereAndBackUntilTheDaemonCloses) {
  Ends ends = Connected("early ");
  StreamPipe input;
  StreamPipe output;
  const ReplacedStream in(STDIN_FILENO, input.reader());
  const ReplacedStream out(STDOUT_FILENO, output.writer());
  EXPECT_EQ(write(input.writer(), "typed", 5), 5);
  input.CloseWriter();
  std::thread daemon([&] {
    std::string all(64, '\0');
    all.resize(ReadAll(ends.daemon, all));  // to the end of the input
    EXPECT_TRUE(sys::WriteAll(ends.daemon.get(), all.data(), all.size()).ok());
    ends.daemon = sys::Fd();
  });
  EXPECT_THAT(CarryStream(std::move(ends.client), {.input = true}), test::IsOkAndHolds(false));
  daemon.join();
  EXPECT_EQ(output.Read(), "early typed");
}

TEST(EngineStream, StreamsWithHeadsAreKeptApart) {
  const std::string frames("\1\0\0\0\0\0\0\3out\2\0\0\0\0\0\0\3err", 22);
  Ends ends = Connected(frames);
  ends.daemon = sys::Fd();
  StreamPipe output;
  StreamPipe error;
  const ReplacedStream out(STDOUT_FILENO, output.writer());
  const ReplacedStream err(STDERR_FILENO, error.writer());
  EXPECT_THAT(CarryStream(std::move(ends.client), {.framed = true}), test::IsOkAndHolds(false));
  EXPECT_EQ(output.Read(), "out");
  EXPECT_EQ(error.Read(), "err");
}

TEST(EngineStream, ItsUserLeavesByKeys) {
  Ends ends = Connected();
  StreamPipe input;
  const ReplacedStream in(STDIN_FILENO, input.reader());
  EXPECT_EQ(write(input.writer(), "a\x10\x11", 3), 3);
  EXPECT_THAT(CarryStream(std::move(ends.client), {.input = true, .detach_keys = kUsualDetachKeys}),
              test::IsOkAndHolds(true));
  std::string passed(8, '\0');
  passed.resize(ReadAll(ends.daemon, passed));
  EXPECT_EQ(passed, "a");
}

TEST(EngineStream, TellsTheSizeOfTheTerminal) {
  Ends ends = Connected();
  ends.daemon = sys::Fd();
  const sys::Terminal terminal = NewTerminal(33, 121);
  const ReplacedStream out(STDOUT_FILENO, terminal.slave.get());
  WindowSize told;
  EXPECT_THAT(
      CarryStream(std::move(ends.client), {.resize = [&](const WindowSize& size) { told = size; }}),
      test::IsOkAndHolds(false));
  EXPECT_EQ(told.rows, 33);
  EXPECT_EQ(told.columns, 121);
}

}  // namespace
}  // namespace berth::cli
