// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/spdy_connection.h"

#include "base/log.h"

namespace berth::cri {

void SpdyConnection::Reply(uint32_t stream) {
  session_.Reply(stream);
  Flush();
}

void SpdyConnection::Send(uint32_t stream, absl::string_view bytes, bool fin) {
  session_.Send(stream, bytes, fin);
  Flush();
}

void SpdyConnection::Reset(uint32_t stream, SpdyResetStatus status) {
  session_.Reset(stream, status);
  Flush();
}

void SpdyConnection::OnBytes(absl::string_view bytes) {
  const absl::Status received = session_.Receive(bytes);
  Flush();
  if (!received.ok()) {
    LogDebug("a client broke the SPDY protocol", {{"error", received.message()}});
    transport_->Abort();
  } else if (transport_->queued_bytes() > kMaxSpdyUnread) {
    LogWarning("a client reads nothing of its streams and is dropped");
    transport_->Abort();
  }
}

}  // namespace berth::cri
