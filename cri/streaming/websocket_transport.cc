// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/websocket_transport.h"

#include <utility>

#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/websocket/rfc6455.hpp"
#include "boost/beast/websocket/stream.hpp"

namespace berth::cri {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

// For the client to take the answer to its first handshake, and to close its end after the last,
// which is also what follows when it has broken the protocol.
constexpr std::chrono::seconds kHandshakeTimeout{10};

class WebSocketTransport final : public Transport {
 public:
  WebSocketTransport(asio::io_context& loop, TcpSocket socket, const WebSocketOptions& options)
      : Transport(loop, options.idle_timeout), stream_(std::move(socket)) {
    websocket::stream_base::timeout timeout = {};
    timeout.handshake_timeout = kHandshakeTimeout;
    timeout.idle_timeout = websocket::stream_base::none();
    stream_.set_option(timeout);
    stream_.read_message_max(kMaxWebSocketMessage);
    stream_.text(options.text);
    stream_.auto_fragment(false);  // to golang.org/x/net each fragment is a message of its own
    if (!options.protocol.empty()) {
      stream_.set_option(websocket::stream_base::decorator(
          [protocol = options.protocol](websocket::response_type& response) {
            response.set(beast::http::field::sec_websocket_protocol, protocol);
          }));
    }
  }

  void Accept(UpgradeRequest request, std::function<void(std::shared_ptr<Transport>)> done) {
    request_ = std::move(request);
    stream_.async_accept(request_, [self = Self(), done = std::move(done)](const ErrorCode& error) {
      done(error ? nullptr : self);
    });
  }

 private:
  std::shared_ptr<WebSocketTransport> Self() {
    return std::static_pointer_cast<WebSocketTransport>(shared_from_this());
  }

  // Pings are answered meanwhile.
  void BeginRead() override {
    message_.clear();
    stream_.async_read(message_, [self = Self()](const ErrorCode& error, size_t) {
      const auto bytes = self->message_.cdata();
      self->OnRead(error, {static_cast<const char*>(bytes.data()), bytes.size()});
    });
  }

  void BeginWrite(const std::string& piece) override {
    stream_.async_write(asio::buffer(piece), [self = Self()](const ErrorCode& error, size_t) {
      self->OnWritten(error);
    });
  }

  // The read in progress ends with the peer's answer.
  void BeginFarewell() override {
    stream_.async_close(websocket::close_code::normal, [self = Self()](const ErrorCode&) {});
  }

  TcpSocket& socket() override { return stream_.next_layer(); }

  websocket::stream<TcpSocket> stream_;
  beast::flat_buffer message_;
  UpgradeRequest request_;
};

}  // namespace

void AcceptWebSocket(asio::io_context& loop, TcpSocket socket, const UpgradeRequest& request,
                     const WebSocketOptions& options,
                     std::function<void(std::shared_ptr<Transport>)> done) {
  std::make_shared<WebSocketTransport>(loop, std::move(socket), options)
      ->Accept(request, std::move(done));
}

}  // namespace berth::cri
