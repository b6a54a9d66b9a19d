// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/websocket_bridge.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

#include "base/sys/socket.h"

namespace berth::cri {
namespace {

class WebSocketBridgeTest : public ::testing::Test {
 protected:
  WebSocketBridgeTest() {
    request_.method = "GET";
    request_.path = "/containers/web/attach/ws";
    request_.headers = {{"host", "docker"},
                        {"connection", "Upgrade"},
                        {"upgrade", "websocket"},
                        {"sec-websocket-version", "13"},
                        {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  }

  void Open(absl::Duration farewell = kWebSocketFarewell) {
    auto opened = WebSocketBridge::Open(request_, client_.second.get(), farewell);
    ASSERT_TRUE(opened.ok()) << opened.status();
    bridge_ = *std::move(opened);
  }

  // What a client gets, `size` bytes of it or all until the end.
  std::string Receive(size_t size) const {
    std::string text(size, '\0');
    size_t got = 0;
    while (got < size) {
      const ssize_t count = read(client_.first.get(), text.data() + got, size - got);
      if (count <= 0) {
        break;
      }
      got += static_cast<size_t>(count);
    }
    text.resize(got);
    return text;
  }

  std::string ReceiveHead() const {
    std::string head;
    while (!absl::EndsWith(head, "\r\n\r\n")) {
      const std::string next = Receive(1);
      if (next.empty()) {
        break;
      }
      head += next;
    }
    return head;
  }

  // A message of text, masked with zeros.
  void Send(const std::string& text) const {
    const bool is_short = text.size() < 126;
    std::string frame =
        std::string("\x81") + static_cast<char>(0x80 | (is_short ? text.size() : 126));
    if (!is_short) {
      frame += {static_cast<char>(text.size() >> 8), static_cast<char>(text.size())};
    }
    frame += std::string(4, '\0') + text;
    ASSERT_EQ(write(client_.first.get(), frame.data(), frame.size()),
              static_cast<ssize_t>(frame.size()));
  }

  std::string ReadOurs(size_t size) const {
    std::string text(size, '\0');
    for (size_t got = 0; got < size;) {
      pollfd entry = {bridge_->socket(), POLLIN, 0};
      EXPECT_EQ(poll(&entry, 1, 30'000), 1);
      const ssize_t count = read(bridge_->socket(), text.data() + got, size - got);
      if (count <= 0) {
        return "";
      }
      got += static_cast<size_t>(count);
    }
    return text;
  }

  EngineRequest request_;
  sys::SocketPair client_ = *sys::MakeSocketPair(SOCK_STREAM);
  std::unique_ptr<WebSocketBridge> bridge_;
};

TEST_F(WebSocketBridgeTest, CarriesBytesBothWaysAndEndsInOrder) {
  Open();
  const std::string head = ReceiveHead();
  EXPECT_TRUE(absl::StartsWith(head, "HTTP/1.1 101 ")) << head;
  EXPECT_TRUE(absl::StrContains(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) << head;
  Send("typed");
  EXPECT_EQ(ReadOurs(5), "typed");
  ASSERT_EQ(write(bridge_->socket(), "said", 4), 4);
  EXPECT_EQ(Receive(6), std::string("\x82\x04said"));
  ASSERT_EQ(write(bridge_->socket(), "last", 4), 4);
  client_.second = sys::Fd();
  std::thread leaving([this] {
    EXPECT_EQ(Receive(6), std::string("\x82\x04last"));
    EXPECT_EQ(Receive(4), std::string("\x88\x02\x03\xe8")) << "a farewell";
    shutdown(client_.first.get(), SHUT_RDWR);
  });
  bridge_.reset();
  leaving.join();
}

TEST_F(WebSocketBridgeTest, WhoHasLeftIsSeenAfterWhatHeHasSent) {
  Open();
  ReceiveHead();
  Send("exit");
  client_.first = sys::Fd();
  EXPECT_EQ(ReadOurs(4), "exit");
  pollfd entry = {bridge_->socket(), 0, 0};
  EXPECT_EQ(poll(&entry, 1, 30'000), 1) << "it is hung up";
}

TEST_F(WebSocketBridgeTest, WhatNobodyReadsKeepsNoClientThatHasLeft) {
  Open(absl::Milliseconds(100));
  ReceiveHead();
  for (int i = 0; i < 10; ++i) {
    Send(std::string(60'000, 'x'));  // together more than two sockets hold
  }
  client_.first = sys::Fd();
  pollfd entry = {bridge_->socket(), 0, 0};
  EXPECT_EQ(poll(&entry, 1, 30'000), 1) << "it is hung up";
}

TEST_F(WebSocketBridgeTest, WhatIsNoHandshakeIsTold) {
  request_.headers["sec-websocket-version"] = "7";
  Open();
  const std::string head = ReceiveHead();
  EXPECT_FALSE(absl::StartsWith(head, "HTTP/1.1 101 ")) << head;
  pollfd entry = {bridge_->socket(), 0, 0};
  EXPECT_EQ(poll(&entry, 1, 30'000), 1);
}

}  // namespace
}  // namespace berth::cri
