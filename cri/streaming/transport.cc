// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/transport.h"

#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <utility>

namespace berth::cri {
namespace {

// How long the peer may take to close its end, once it has got everything.
constexpr std::chrono::seconds kFarewellTime{10};
// How often a connection is looked at that is not read, or is finishing.
constexpr std::chrono::seconds kLookPeriod{1};

// Also while what it has sent is not read yet.
bool PeerHasLeft(int socket) {
  pollfd entry = {socket, POLLRDHUP, 0};
  return poll(&entry, 1, 0) == 1;
}

// What the peer's machine has not got yet. A socket that is closed before is reset by what its peer
// still sends, and loses that.
int UnsentBytes(int socket) {
  int bytes = 0;
  return ioctl(socket, TIOCOUTQ, &bytes) == 0 ? bytes : 0;
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
    Abort();
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
    Abort();
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
  Clock::time_point next = last_activity_ + idle_timeout_;
  if (paused_ || finishing_) {
    next = std::min(next, Clock::now() + kLookPeriod);
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
  const Clock::time_point now = Clock::now();
  if (finishing_) {
    LookAtFarewell(now);
  }
  const std::chrono::seconds patience = finishing_ && delivered_ ? kFarewellTime : idle_timeout_;
  if (now >= last_activity_ + patience || (paused_ && PeerHasLeft(socket().native_handle()))) {
    Abort();
    return;
  }
  Watch();
}

// The peer's time to leave begins when it has got everything.
void Transport::LookAtFarewell(Clock::time_point now) {
  const int unsent = UnsentBytes(socket().native_handle());
  const bool delivered = queue_.empty() && unsent == 0;
  if (unsent != unsent_ || delivered != delivered_) {
    last_activity_ = now;
  }
  unsent_ = unsent;
  delivered_ = delivered;
}

void Transport::Abort() {
  Listener* listener = listener_;
  Close();
  if (listener != nullptr) {
    listener->OnClosed();
  }
}

}  // namespace berth::cri
