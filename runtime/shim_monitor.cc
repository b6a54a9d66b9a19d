// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim_monitor.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "base/sys/clock.h"
#include "base/sys/socket.h"
#include "base/thread.h"

namespace berth::runtime {
namespace {

constexpr uint64_t kWakeKey = 0;
constexpr int kMaxEvents = 64;

}  // namespace

absl::StatusOr<std::unique_ptr<ShimMonitor>> ShimMonitor::Start(Callbacks callbacks,
                                                                prometheus::Gauge& shims) {
  ASSIGN_OR_RETURN(sys::Poller poller, ToStatusOr(sys::Poller::Create(), "start the shim monitor"));
  sys::Fd wake(eventfd(0, EFD_CLOEXEC));
  if (!wake.is_open()) {
    return ErrnoStatus(sys::Errno::Last("eventfd"), "start the shim monitor");
  }
  RETURN_IF_ERROR(ToStatus(poller.Add(wake.get(), EPOLLIN, kWakeKey), "start the shim monitor"));
  return std::unique_ptr<ShimMonitor>(
      new ShimMonitor(std::move(callbacks), shims, std::move(poller), std::move(wake)));
}

ShimMonitor::ShimMonitor(Callbacks callbacks, prometheus::Gauge& shims, sys::Poller poller,
                         sys::Fd wake)
    : callbacks_(std::move(callbacks)),
      shims_(shims),
      poller_(std::move(poller)),
      wake_(std::move(wake)),
      thread_(StartLastingThread("rt-shims", [this] { Loop(); })) {}

ShimMonitor::~ShimMonitor() {
  const uint64_t one = 1;
  if (write(wake_.get(), &one, sizeof(one)) != sizeof(one)) {
    LogError("cannot wake the shim monitor");
  }
  thread_.join();
  absl::MutexLock lock(&mutex_);
  for (auto& [key, source] : sources_) {
    (void)source->child.Release();  // a shim outlives us
  }
}

absl::Status ShimMonitor::Add(int fd, SourcePtr source) {
  uint64_t key = 0;
  {
    absl::MutexLock lock(&mutex_);
    key = next_key_++;
    if (source->subscription.is_open()) {
      uint64_t& entry = subscriptions_[source->pod_id];
      sources_.erase(entry);
      entry = key;
      Count();
    }
    sources_.emplace(key, std::move(source));
  }
  absl::Status status = ToStatus(poller_.Add(fd, EPOLLIN, key), "listen to a shim");
  if (!status.ok()) {
    Remove(key);
  }
  return status;
}

absl::Status ShimMonitor::Watch(const std::string& pod_id, ShimConnection subscription) {
  auto source = std::make_shared<Source>();
  source->pod_id = pod_id;
  source->subscription = subscription.Release();
  const int fd = source->subscription.get();
  return Add(fd, std::move(source));
}

void ShimMonitor::Unwatch(const std::string& pod_id) {
  absl::MutexLock lock(&mutex_);
  auto found = subscriptions_.find(pod_id);
  if (found != subscriptions_.end()) {
    sources_.erase(found->second);  // closed with its last user
    subscriptions_.erase(found);
    Count();
  }
}

bool ShimMonitor::IsWatched(const std::string& pod_id) const {
  absl::MutexLock lock(&mutex_);
  return subscriptions_.count(pod_id) != 0;
}

void ShimMonitor::Count() {
  shims_.Set(static_cast<double>(subscriptions_.size()));
}

absl::Status ShimMonitor::Adopt(sys::Process shim) {
  auto source = std::make_shared<Source>();
  source->child = std::move(shim);
  const int fd = source->child.pidfd();
  return Add(fd, std::move(source));
}

void ShimMonitor::Remove(uint64_t key) {
  absl::MutexLock lock(&mutex_);
  auto found = sources_.find(key);
  if (found == sources_.end()) {
    return;
  }
  auto subscription = subscriptions_.find(found->second->pod_id);
  if (subscription != subscriptions_.end() && subscription->second == key) {
    subscriptions_.erase(subscription);
    Count();
  }
  sources_.erase(found);
}

void ShimMonitor::Loop() {
  epoll_event space[kMaxEvents];
  while (true) {
    const sys::ErrnoOr<std::span<epoll_event>> events = poller_.Wait(space, sys::kNoDeadline);
    if (!events.ok()) {
      continue;
    }
    for (const epoll_event& event : *events) {
      if (event.data.u64 == kWakeKey) {
        return;
      }
      Drain(event.data.u64);
    }
  }
}

void ShimMonitor::Drain(uint64_t key) {
  SourcePtr source;
  {
    absl::MutexLock lock(&mutex_);
    auto found = sources_.find(key);
    if (found == sources_.end()) {
      return;  // unwatched meanwhile
    }
    source = found->second;
  }
  if (source->subscription.is_open()) {
    Read(key, source);
  } else if (auto status = source->child.Wait(sys::kDontWait);
             status.ok() || status.error().code != EAGAIN) {
    Remove(key);
  }
}

void ShimMonitor::Read(uint64_t key, const SourcePtr& source) {
  while (true) {
    ShimReply reply;
    sys::ErrnoOr<sys::PacketSize> size = sys::ReceivePacket(
        source->subscription.get(), std::span(reinterpret_cast<char*>(&reply), sizeof(reply)), {},
        sys::kDontWait);
    if (!size.ok() && size.error().code == EAGAIN) {
      return;
    }
    if (!size.ok() || size->bytes != sizeof(reply) || reply.version != kShimProtocolVersion) {
      Remove(key);
      callbacks_.on_end(source->pod_id);
      return;
    }
    callbacks_.on_reply(reply);
  }
}

}  // namespace berth::runtime
