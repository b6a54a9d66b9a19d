// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/transport.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace berth::cri {
namespace {

using Clock = std::chrono::steady_clock;

// How long the peer may take to read the rest and to close its end.
constexpr std::chrono::seconds kFarewellTime{10};
// How often a connection that is not read is asked whether its peer is still there.
constexpr std::chrono::seconds kPresencePeriod{1};

bool PeerHasLeft(int socket) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    return true;
  }
  return info.tcpi_state != TCP_ESTABLISHED;
}

}  // namespace

void Transport::Start(Listener& listener) {
  listener_ = &listener;
  last_activity_ = Clock::now();
  Watch();
  ReadMore();
}

void Transport::Pause() {
  if (!paused_ && !finishing_) {
    paused_ = true;
    Watch();
  }
}

void Transport::Resume() {
  if (paused_) {
    paused_ = false;
    Watch();
    ReadMore();
  }
}

void Transport::Write(std::string piece) {
  if (closed_ || finishing_ || piece.empty()) {
    return;
  }
  queued_bytes_ += piece.size();
  queue_.push_back(std::move(piece));
  WriteMore();
}

void Transport::Finish() {
  if (closed_ || finishing_) {
    return;
  }
  finishing_ = true;
  paused_ = false;
  last_activity_ = Clock::now();
  Watch();
  ReadMore();
  WriteMore();
}

void Transport::Close() {
  listener_ = nullptr;
  closed_ = true;
  timer_.cancel();
  ErrorCode ignored;
  socket().close(ignored);
}

void Transport::ReadMore() {
  if (!closed_ && !reading_ && !paused_) {
    reading_ = true;
    BeginRead();
  }
}

void Transport::OnRead(const ErrorCode& error, absl::string_view bytes) {
  if (closed_) {
    return;
  }
  if (error) {
    Fail();
    return;
  }
  if (!finishing_) {
    last_activity_ = Clock::now();
    listener_->OnBytes(bytes);
  }
  reading_ = false;  // not before: the next bytes come into the same space
  ReadMore();
}

void Transport::WriteMore() {
  if (closed_ || writing_) {
    return;
  }
  if (!queue_.empty()) {
    writing_ = true;
    BeginWrite(queue_.front());
  } else if (finishing_ && !said_farewell_) {
    said_farewell_ = true;
    BeginFarewell();
  }
}

void Transport::OnWritten(const ErrorCode& error) {
  writing_ = false;
  if (closed_) {
    return;
  }
  if (error) {
    Fail();
    return;
  }
  last_activity_ = Clock::now();
  const bool was_congested = congested();
  queued_bytes_ -= queue_.front().size();
  queue_.pop_front();
  WriteMore();
  if (was_congested && !congested() && !finishing_ && listener_ != nullptr) {
    listener_->OnDrained();
  }
}

// Wakes when there is next something to look at.
void Transport::Watch() {
  const std::chrono::seconds patience = finishing_ ? kFarewellTime : idle_timeout_;
  Clock::time_point next = last_activity_ + patience;
  if (paused_) {
    next = std::min(next, Clock::now() + kPresencePeriod);
  }
  timer_.expires_at(next);
  timer_.async_wait([weak = weak_from_this()](const ErrorCode& error) {
    const std::shared_ptr<Transport> self = weak.lock();
    if (self != nullptr && !error) {
      self->OnTimer();
    }
  });
}

void Transport::OnTimer() {
  if (closed_) {
    return;
  }
  const std::chrono::seconds patience = finishing_ ? kFarewellTime : idle_timeout_;
  const bool silent = Clock::now() >= last_activity_ + patience;
  if (silent || (paused_ && PeerHasLeft(socket().native_handle()))) {
    Fail();
    return;
  }
  Watch();
}

void Transport::Fail() {
  Listener* listener = listener_;
  Close();
  if (listener != nullptr) {
    listener->OnClosed();
  }
}

}  // namespace berth::cri
