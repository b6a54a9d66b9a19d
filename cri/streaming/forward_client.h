// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"

#include "cri/streaming/asio.h"
#include "cri/streaming/transport.h"

namespace berth::cri {

// The client of a port-forward, by whatever protocol it speaks: connections to ports of the pod,
// each with a number. On the server's thread.
class ForwardClient {
 public:
  class Listener {
   public:
    virtual void OnOpen(uint32_t connection, uint16_t port) = 0;
    virtual void OnData(uint32_t connection, absl::string_view bytes) = 0;
    virtual void OnEnd(uint32_t connection) = 0;
    virtual void OnReset(uint32_t connection) = 0;
    virtual void OnDrained() = 0;  // congested() no more
    // It has left or broke the protocol. Nothing follows.
    virtual void OnGone() = 0;

   protected:
    ~Listener() = default;
  };

  virtual ~ForwardClient() = default;

  // `listener` must live until OnGone or the destructor, which drops the client.
  virtual void Start(Listener& listener) = 0;

  // Of connections that are not there (any more) nothing is sent.
  virtual void Send(uint32_t connection, absl::string_view bytes) = 0;
  virtual void End(uint32_t connection) = 0;
  // Ends the connection in disorder; with a text that the client shows, unless it is empty.
  virtual void Reset(uint32_t connection, absl::string_view text) = 0;
  // Both of its directions have ended.
  virtual void Forget(uint32_t connection) = 0;
  // Whether each direction of a connection has an end of its own.
  virtual bool has_half_closes() const = 0;
  virtual bool congested() const = 0;

  // Stops and goes on taking what the client sends.
  virtual void Pause() = 0;
  virtual void Resume() = 0;
};

// By SPDY: a pair of streams a connection, "data" and "error".
std::unique_ptr<ForwardClient> MakeSpdyForwardClient(asio::io_context& loop,
                                                     std::shared_ptr<Transport> transport);

// By WebSocket: a pair of channels for each of the ports, which are opened at once.
std::unique_ptr<ForwardClient> MakeWebSocketForwardClient(std::shared_ptr<Transport> transport,
                                                          std::vector<uint16_t> ports,
                                                          bool is_base64);

}  // namespace berth::cri
