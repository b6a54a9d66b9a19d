// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

#include "cri/streaming/transport.h"

namespace berth::cri {

// A connection whose peer is the test.
class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(asio::io_context& loop)
      : Transport(loop, std::chrono::hours(1)), socket_(loop) {}

  // Whether the peer's next bytes are awaited.
  bool reading() const { return reading_; }
  // Gives what is awaited.
  void Receive(absl::string_view bytes) {
    ASSERT_TRUE(std::exchange(reading_, false));
    OnRead({}, bytes);
  }
  void Leave() {
    ASSERT_TRUE(std::exchange(reading_, false));
    OnRead(asio::error::eof, "");
  }

  // The peer takes all pieces: those since the last time.
  std::vector<std::string> Take() {
    while (std::exchange(writing_, false)) {
      OnWritten({});
    }
    return std::exchange(pieces_, {});
  }
  std::string TakeBytes() { return absl::StrJoin(Take(), ""); }
  void BreakWriting() {
    ASSERT_TRUE(std::exchange(writing_, false));
    OnWritten(asio::error::broken_pipe);
  }

  int farewells = 0;

 private:
  void BeginRead() override { EXPECT_FALSE(std::exchange(reading_, true)) << "two reads at once"; }
  void BeginWrite(const std::string& piece) override {
    EXPECT_FALSE(std::exchange(writing_, true)) << "two writes at once";
    pieces_.push_back(piece);
  }
  void BeginFarewell() override { ++farewells; }
  TcpSocket& socket() override { return socket_; }

  TcpSocket socket_;
  bool reading_ = false;
  bool writing_ = false;
  std::vector<std::string> pieces_;
};

}  // namespace berth::cri
