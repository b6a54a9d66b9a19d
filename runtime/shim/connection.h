// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <cstddef>
#include <span>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"
#include "runtime/plan/shim_protocol.h"
#include "runtime/shim/pod.h"

namespace berth::shim {

inline constexpr size_t kMaxRequestFds = 4;

// One client: it has at most one request in progress. Nothing here ever waits for it.
class Connection {
 public:
  enum class Purpose : uint8_t { kNone, kSubscription, kStart, kExec, kAttachment, kShutdown };

  explicit Connection(sys::Fd socket) : socket_(std::move(socket)) {}

  struct Received {
    enum class Kind { kRequest, kNothing, kMalformed, kClosed } kind = Kind::kClosed;
    runtime::ShimRequest request;
    sys::Fd descriptors[kMaxRequestFds];
    size_t descriptor_count = 0;
  };
  Received Receive();

  // False when the client is gone or does not read its replies: it has to be closed.
  bool Reply(const runtime::ShimReply& reply, std::span<const int> descriptors = {}) const;
  bool Fail(const Failure& failure) const;

  // What the connection is for until the request is done.
  void Begin(Purpose purpose, size_t subject = 0) {
    purpose_ = purpose;
    subject_ = subject;
  }
  void Finish() { purpose_ = Purpose::kNone; }
  Purpose purpose() const { return purpose_; }
  size_t subject() const { return subject_; }  // number of the container, exec or attachment

  // Of a subscription: the containers that are still to be told of. A set instead of a queue, so
  // that it cannot grow; what is told is what is true then.
  std::bitset<runtime::kMaxContainersPerPod>& news() { return news_; }
  bool synced() const { return synced_; }
  void set_synced(bool synced) { synced_ = synced; }

  int fd() const { return socket_.get(); }

 private:
  sys::Fd socket_;
  Purpose purpose_ = Purpose::kNone;
  size_t subject_ = 0;
  bool synced_ = false;
  std::bitset<runtime::kMaxContainersPerPod> news_;
};

// Pure: whether the bytes of a packet are a request of this version.
bool IsRequest(const runtime::ShimRequest& request, size_t size);

}  // namespace berth::shim
