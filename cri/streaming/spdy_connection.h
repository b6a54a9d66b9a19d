// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "absl/strings/string_view.h"

#include "cri/streaming/spdy_session.h"
#include "cri/streaming/transport.h"

namespace berth::cri {

// A client that has us answer so much and reads none of it is dropped.
inline constexpr size_t kMaxSpdyUnread = 16 << 20;

// The streams of a SPDY session over a transport, on the server's thread.
class SpdyConnection final : private Transport::Listener {
 public:
  class Listener : public SpdySession::Listener {
   public:
    virtual void OnDrained() = 0;  // congested() no more
    // The client has left or broke the protocol, or Finish is done. Nothing follows.
    virtual void OnClosed() = 0;

   protected:
    ~Listener() = default;
  };

  // `listener` must outlive it.
  SpdyConnection(std::shared_ptr<Transport> transport, Listener& listener)
      : transport_(std::move(transport)), listener_(listener), session_(listener) {}
  ~SpdyConnection() { transport_->Close(); }

  void Start() { transport_->Start(*this); }

  // As those of SpdySession.
  void Reply(uint32_t stream);
  void Send(uint32_t stream, absl::string_view bytes, bool fin);
  void Reset(uint32_t stream, SpdyResetStatus status);

  bool congested() const { return transport_->congested(); }
  void Pause() { transport_->Pause(); }
  void Resume() { transport_->Resume(); }
  // Writes what is queued and takes leave.
  void Finish() { transport_->Finish(); }
  void Abort() { transport_->Abort(); }

 private:
  void OnBytes(absl::string_view bytes) override;
  void OnDrained() override { listener_.OnDrained(); }
  void OnClosed() override { listener_.OnClosed(); }
  void Flush() { transport_->Write(session_.TakeOutput()); }

  const std::shared_ptr<Transport> transport_;
  Listener& listener_;
  SpdySession session_;
};

}  // namespace berth::cri
