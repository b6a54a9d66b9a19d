// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_exchange.h"

#include <sys/socket.h>

#include <array>
#include <thread>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/socket.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/cli/fake_engine.h"

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
