// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

#include "cri/streaming/transport.h"
#include "runtime/process_session.h"

namespace berth::cri {

// The channels of an exec or attach, with the numbers they have over WebSocket.
enum class Channel : uint8_t { kInput = 0, kOutput = 1, kError = 2, kStatus = 3, kResize = 4 };
inline constexpr size_t kChannels = 5;

// The client of an exec or attach, by whatever protocol it speaks. On the server's thread.
class CommandClient {
 public:
  class Listener {
   public:
    // All of its channels are open.
    virtual void OnReady() = 0;
    virtual void OnData(Channel channel, absl::string_view bytes) = 0;
    virtual void OnEnd(Channel channel) = 0;
    virtual void OnDrained() = 0;  // congested() no more
    // It has left, it broke the protocol, or Finish is done. Nothing follows.
    virtual void OnGone() = 0;

   protected:
    ~Listener() = default;
  };

  virtual ~CommandClient() = default;

  // `listener` must live until OnGone or the destructor, which drops the client.
  virtual void Start(Listener& listener) = 0;

  // The process is there, or attached to: the client is told where its protocol has a word for it.
  virtual void TellOpen() = 0;
  virtual void Send(Channel channel, absl::string_view bytes) = 0;
  // Nothing more comes on that channel.
  virtual void End(Channel channel) = 0;
  virtual bool congested() const = 0;

  // Stops and goes on taking what the client sends.
  virtual void Pause() = 0;
  virtual void Resume() = 0;

  // Says `status` on the status channel (nothing when it is empty), ends everything and takes
  // leave.
  virtual void Finish(absl::string_view status) = 0;

  // Of the protocol that was agreed on, 1 to 5.
  virtual int version() const = 0;
};

// By SPDY: a stream a channel, told apart by its header "streamtype".
std::unique_ptr<CommandClient> MakeSpdyCommandClient(asio::io_context& loop,
                                                     std::shared_ptr<Transport> transport,
                                                     const runtime::StreamChoice& streams,
                                                     int version);

// By WebSocket messages that begin with the channel.
std::unique_ptr<CommandClient> MakeWebSocketCommandClient(std::shared_ptr<Transport> transport,
                                                          const runtime::StreamChoice& streams,
                                                          int version, bool is_base64);

}  // namespace berth::cri
