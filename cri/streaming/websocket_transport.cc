// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/websocket_transport.h"

#include <functional>
#include <utility>

#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/websocket/rfc6455.hpp"
#include "boost/beast/websocket/stream.hpp"
#include "boost/beast/websocket/teardown.hpp"

namespace berth::cri {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr std::chrono::seconds kHandshakeTimeout{30};

// How long a client may take to close its end once the WebSocket is over, be it that it has broken
// the protocol: Beast waits for that without a limit.
constexpr std::chrono::seconds kTeardownTimeout{10};

class Socket final : public TcpSocket {
 public:
  explicit Socket(TcpSocket socket) : TcpSocket(std::move(socket)) {}
  std::function<void()> on_teardown;
};

// Found by Beast by its name and arguments.
template <typename Handler>
void async_teardown(beast::role_type role, Socket& socket, Handler&& done) {
  socket.on_teardown();
  websocket::async_teardown(role, static_cast<TcpSocket&>(socket), std::forward<Handler>(done));
}

class WebSocketTransport final : public Transport {
 public:
  WebSocketTransport(asio::io_context& loop, TcpSocket socket, const WebSocketOptions& options)
      : Transport(loop, options.idle_timeout),
        stream_(Socket(std::move(socket))),
        teardown_timer_(loop) {
    stream_.next_layer().on_teardown = [this] { LimitTeardown(); };
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

  void LimitTeardown() {
    teardown_timer_.expires_after(kTeardownTimeout);
    teardown_timer_.async_wait([weak = weak_from_this()](const ErrorCode& error) {
      if (const std::shared_ptr<Transport> self = weak.lock(); self != nullptr && !error) {
        self->Abort();
      }
    });
  }

  websocket::stream<Socket> stream_;
  asio::steady_timer teardown_timer_;
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
