// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "base/sys/fd.h"
#include "cri/engine_api/engine_request.h"

namespace berth::cri {

// For a client to take the last bytes and leave, and for its last bytes to be taken.
inline constexpr absl::Duration kWebSocketFarewell = absl::Minutes(1);

// A client's WebSocket (RFC 6455) as a socket of bytes: what it sends in messages of any kind is
// read there, what is written there goes to it in binary ones. By a thread of its own. For one
// thread.
class WebSocketBridge {
 public:
  // Answers the handshake of `request`, which has come by the open socket `client`; that stays the
  // caller's.
  static absl::StatusOr<std::unique_ptr<WebSocketBridge>> Open(
      const EngineRequest& request, int client, absl::Duration farewell = kWebSocketFarewell);
  // Closes the socket; returns once the client has got all and has left, or the farewell is
  // over.
  ~WebSocketBridge();
  WebSocketBridge(const WebSocketBridge&) = delete;
  WebSocketBridge& operator=(const WebSocketBridge&) = delete;

  // Hung up when the client has left and all is read, or the farewell is over.
  int socket() const { return ours_.get(); }

 private:
  class Session;

  WebSocketBridge(sys::Fd ours, absl::Duration farewell);

  sys::Fd ours_;
  std::unique_ptr<Session> session_;
};

}  // namespace berth::cri
