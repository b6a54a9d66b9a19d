// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/websocket_transport.h"

#include "boost/beast/core/buffers_to_string.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/websocket/stream.hpp"
#include "tests/kernel/cri/streaming/loop_under_test.h"

namespace berth::cri {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

class Recorder final : public Transport::Listener {
 public:
  void OnBytes(absl::string_view bytes) override { messages.emplace_back(bytes); }
  void OnDrained() override {}
  void OnClosed() override { closed = true; }

  std::vector<std::string> messages;
  bool closed = false;
};

class WebSocketTransportTest : public LoopTest {
 protected:
  // Both ends of a connection after the handshake.
  void Handshake(const WebSocketOptions& options) {
    beast::http::async_read(server_, buffer_, request_, [&](const ErrorCode& error, size_t) {
      ASSERT_FALSE(error);
      AcceptWebSocket(loop, std::move(server_), request_, options,
                      [this](std::shared_ptr<Transport> accepted) { transport = accepted; });
    });
    client.async_handshake(response, "node", "/exec/token",
                           [&](const ErrorCode& error) { ASSERT_FALSE(error); });
    ASSERT_TRUE(RunUntil([&] { return transport != nullptr && client.is_open(); }));
    transport->Start(listener);
  }

  // The client's next message, or how its connection ended.
  std::string Receive() {
    beast::flat_buffer message;
    std::string got;
    client.async_read(message, [&](const ErrorCode& error, size_t) {
      got = error ? error.message() : beast::buffers_to_string(message.data());
    });
    EXPECT_TRUE(RunUntil([&] { return !got.empty(); }));
    return got;
  }

  void Send(const std::string& message) {
    bool sent = false;
    client.async_write(asio::buffer(message), [&](const ErrorCode&, size_t) { sent = true; });
    EXPECT_TRUE(RunUntil([&] { return sent; }));
  }

  Connection connection_ = Connect();
  TcpSocket server_ = std::move(connection_.server);
  websocket::stream<TcpSocket> client{std::move(connection_.client)};
  beast::flat_buffer buffer_;
  UpgradeRequest request_;
  websocket::response_type response;
  std::shared_ptr<Transport> transport;
  Recorder listener;
};

const WebSocketOptions kOptions = {
    .protocol = "v5.channel.k8s.io", .text = false, .idle_timeout = std::chrono::seconds(600)};

TEST_F(WebSocketTransportTest, AgreesOnTheProtocol) {
  Handshake(kOptions);
  EXPECT_EQ(response["Sec-WebSocket-Protocol"], "v5.channel.k8s.io");
}

TEST_F(WebSocketTransportTest, PassesWholeMessagesOn) {
  Handshake(kOptions);
  transport->Write("to the client");
  transport->Write("and more");
  EXPECT_EQ(Receive(), "to the client");
  EXPECT_EQ(Receive(), "and more");
  EXPECT_TRUE(client.got_binary());
  client.write_buffer_bytes(16);  // so that it comes in fragments
  client.auto_fragment(true);
  Send(std::string(1000, 'x'));
  EXPECT_TRUE(RunUntil([&] { return !listener.messages.empty(); }));
  EXPECT_EQ(listener.messages[0], std::string(1000, 'x'));
}

TEST_F(WebSocketTransportTest, SendsTextWhereItIsAgreed) {
  WebSocketOptions options = kOptions;
  options.text = true;
  Handshake(options);
  transport->Write("1b3V0");
  EXPECT_EQ(Receive(), "1b3V0");
  EXPECT_TRUE(client.got_text());
}

TEST_F(WebSocketTransportTest, FinishesInOrder) {
  Handshake(kOptions);
  transport->Write("last words");
  transport->Finish();
  EXPECT_EQ(Receive(), "last words");
  Receive();
  EXPECT_EQ(client.reason().code, websocket::close_code::normal);
  EXPECT_TRUE(RunUntil([&] { return listener.closed; }));
}

TEST_F(WebSocketTransportTest, RefusesAMessageWithoutEnd) {
  Handshake(kOptions);
  const std::string huge(kMaxWebSocketMessage + 1, 'x');
  client.async_write(asio::buffer(huge), [](const ErrorCode&, size_t) {});
  Receive();
  EXPECT_EQ(client.reason().code, websocket::close_code::too_big);
  EXPECT_TRUE(RunUntil([&] { return listener.closed; }));
  EXPECT_TRUE(listener.messages.empty());
}

TEST_F(WebSocketTransportTest, TellsThatTheClientHasLeft) {
  Handshake(kOptions);
  client.async_close(websocket::close_code::normal, [](const ErrorCode&) {});
  EXPECT_TRUE(RunUntil([&] { return listener.closed; }));
}

}  // namespace
}  // namespace berth::cri
