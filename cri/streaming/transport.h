// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

#include "cri/streaming/asio.h"

namespace berth::cri {

// How many bytes may wait to be written before whoever sends should wait too.
inline constexpr size_t kMaxQueuedBytes = 256 << 10;

// One client's connection after its upgrade: pieces in, pieces out, in order, on the server's
// thread. It lives for as long as anyone holds it or it has something in progress.
class Transport : public std::enable_shared_from_this<Transport> {
 public:
  // Who is told. It may call anything of the transport meanwhile, Close too; once it has, it is
  // told no more.
  class Listener {
   public:
    virtual void OnBytes(absl::string_view bytes) = 0;
    // congested() no more.
    virtual void OnDrained() = 0;
    // The peer has left, has been silent for too long, was dropped, or Finish is done. Nothing
    // follows.
    virtual void OnClosed() = 0;

   protected:
    ~Listener() = default;
  };

  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // `listener` must live until Close or OnClosed. What was written before goes out first.
  void Start(Listener& listener);

  // Stops and goes on taking bytes from the peer. That it has left is noticed meanwhile, too.
  void Pause();
  void Resume();

  // Queues a piece: bytes of a TCP connection, or one message.
  void Write(std::string piece);
  size_t queued_bytes() const { return queued_bytes_; }
  bool congested() const { return queued_bytes_ >= kMaxQueuedBytes; }

  // Writes what is queued and takes leave of the peer, however slowly it reads; what it still sends
  // is dropped.
  void Finish();
  // Drops the connection at once. The listener is told no more.
  void Close();
  // The same, and the listener is told.
  void Abort();

 protected:
  Transport(asio::io_context& loop, std::chrono::seconds idle_timeout)
      : timer_(loop), idle_timeout_(idle_timeout) {}

  // What a kind of connection does; each completes with the call below that is named for it.
  virtual void BeginRead() = 0;
  virtual void BeginWrite(const std::string& piece) = 0;
  virtual void BeginFarewell() = 0;
  virtual TcpSocket& socket() = 0;

  void OnRead(const ErrorCode& error, absl::string_view bytes);
  void OnWritten(const ErrorCode& error);

 private:
  using Clock = std::chrono::steady_clock;

  void ReadMore();
  void WriteMore();
  void Watch();
  void OnTimer();
  void LookAtFarewell(Clock::time_point now);

  Listener* listener_ = nullptr;  // null: nobody (any more)
  asio::steady_timer timer_;
  const std::chrono::seconds idle_timeout_;
  Clock::time_point last_activity_;
  std::deque<std::string> queue_;
  size_t queued_bytes_ = 0;
  bool reading_ = false;
  bool writing_ = false;
  bool paused_ = false;
  bool finishing_ = false;
  bool said_farewell_ = false;
  bool delivered_ = false;  // while finishing: the peer has got everything
  int unsent_ = 0;
  bool closed_ = false;
};

}  // namespace berth::cri
