// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_exchange.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "absl/strings/match.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/socket.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/cli/fake_engine.h"
#include "tests/unit/cri/cli/replaced_stream.h"

namespace berth::cli {
namespace {

class EngineExchangeTest : public testing::Test {
 protected:
  absl::Status Run(const EngineCall& call) {
    EngineExchange exchange(call);
    return exchange.Run(directory_.Join("docker.sock"),
                        [](absl::string_view) { return absl::OkStatus(); });
  }

  const test::TempDir directory_;
  FakeEngine engine_{directory_.Join("cri.sock")};
};

TEST_F(EngineExchangeTest, WhatWasSoAlreadyIsASuccess) {
  engine_.Answer("POST /x", "", "304 Not Modified");
  EXPECT_THAT(Run({.method = "POST", .target = "/x"}), test::IsOk());
}

TEST_F(EngineExchangeTest, ARefusalHasTheDaemonsWords) {
  engine_.Answer("GET /x", R"({"message":"it is paused"})", "409 Conflict");
  EXPECT_THAT(Run({.target = "/x"}),
              test::StatusIs(absl::StatusCode::kFailedPrecondition, "it is paused"));
  engine_.Answer("GET /y", "no JSON", "500 Internal Server Error");
  EXPECT_THAT(Run({.target = "/y"}),
              test::StatusIs(absl::StatusCode::kInternal, "the daemon answers 500"));
}

TEST_F(EngineExchangeTest, SignalsAreActedUponUntilTheBodyComes) {
  const std::string path = directory_.Join("own.sock");
  const sys::ErrnoOr<sys::Fd> listener = sys::ListenAt(path.c_str(), 0600, 1, SOCK_STREAM);
  ASSERT_TRUE(listener.ok());
  absl::Notification taken;
  std::thread server([&] {
    const sys::Fd client(accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
    std::string heard;
    char byte = 0;
    while (!absl::EndsWith(heard, "\r\n\r\n") && read(client.get(), &byte, 1) == 1) {
      heard += byte;
    }
    constexpr absl::string_view kHead = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    EXPECT_TRUE(sys::WriteAll(client.get(), kHead.data(), kHead.size()).ok());
    EXPECT_TRUE(taken.WaitForNotificationWithTimeout(absl::Seconds(30)));
    EXPECT_TRUE(sys::WriteAll(client.get(), "hi", 2).ok());
  });
  const EngineCall call = {.method = "POST", .target = "/x"};
  EngineExchange exchange(call);
  EXPECT_THAT(exchange.Begin(path), test::IsOk());
  StreamPipe signals;
  EXPECT_EQ(write(signals.writer(), "s", 1), 1);
  exchange.AwaitMore({signals.reader(), [&] {
                        char byte = 0;
                        EXPECT_EQ(read(signals.reader(), &byte, 1), 1);
                        taken.Notify();
                      }});
  std::string answer;
  EXPECT_THAT(exchange.Finish([&](absl::string_view bytes) {
    answer.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }),
              test::IsOk());
  EXPECT_EQ(answer, "hi");
  server.join();
}

TEST_F(EngineExchangeTest, ADescriptorGoesWithTheBody) {
  const sys::ErrnoOr<sys::Fd> listener =
      sys::ListenAt(directory_.Join("own.sock").c_str(), 0600, 1, SOCK_STREAM);
  ASSERT_TRUE(listener.ok());
  std::string heard;
  sys::Fd descriptor;
  std::thread server([&] {
    const sys::Fd client(accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
    std::array<char, 4096> piece;
    while (!absl::EndsWith(heard, "\r\n\r\n ")) {
      const auto size = sys::ReceivePacket(client.get(), piece, {&descriptor, 1}, sys::kNoDeadline);
      ASSERT_TRUE(size.ok());
      heard.append(piece.data(), size->bytes);
    }
    constexpr absl::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    EXPECT_TRUE(sys::WriteAll(client.get(), kAnswer.data(), kAnswer.size()).ok());
  });
  const EngineCall call = {
      .method = "POST", .target = "/x", .body = " ", .descriptor = listener->get()};
  EngineExchange exchange(call);
  EXPECT_THAT(
      exchange.Run(directory_.Join("own.sock"), [](absl::string_view) { return absl::OkStatus(); }),
      test::IsOk());
  server.join();
  EXPECT_TRUE(descriptor.is_open());
  EXPECT_THAT(heard, testing::HasSubstr("Content-Length: 1\r\n"));
}

}  // namespace
}  // namespace berth::cli
