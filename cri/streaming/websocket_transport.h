// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/message.hpp"
#include "cri/streaming/transport.h"

namespace berth::cri {

using UpgradeRequest = boost::beast::http::request<boost::beast::http::empty_body>;

inline constexpr size_t kMaxWebSocketMessage = 1 << 20;

struct WebSocketOptions {
  std::string protocol;  // told to the client; empty: none
  bool text = false;     // what kind of messages we send
  std::chrono::seconds idle_timeout{};
};

// Answers the handshake (RFC 6455) and calls `done` with the connection, whose pieces are whole
// messages; with null when the handshake fails, which the client has been told then.
void AcceptWebSocket(asio::io_context& loop, TcpSocket socket, const UpgradeRequest& request,
                     const WebSocketOptions& options,
                     std::function<void(std::shared_ptr<Transport>)> done);

}  // namespace berth::cri
