// SPDX-License-Identifier: Apache-2.0
#include "runtime/exit_monitor.h"

#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "base/sys/clock.h"
#include "base/sys/socket.h"

namespace berth::runtime {
namespace {

constexpr uint64_t kWakeKey = 0;
constexpr int kMaxEvents = 64;

sys::Result Register(int epoll, int fd, uint64_t key) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u64 = key;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
    return sys::Errno::Last("epoll_ctl");
  }
  return sys::Done{};
}

}  // namespace

absl::StatusOr<std::unique_ptr<ExitMonitor>> ExitMonitor::Start(Callbacks callbacks,
                                                                prometheus::Gauge& shims) {
  sys::Fd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.is_open()) {
    return ErrnoStatus(sys::Errno::Last("epoll_create1"), "start the exit monitor");
  }
  sys::Fd wake(eventfd(0, EFD_CLOEXEC));
  if (!wake.is_open()) {
    return ErrnoStatus(sys::Errno::Last("eventfd"), "start the exit monitor");
  }
  RETURN_IF_ERROR(ToStatus(Register(epoll.get(), wake.get(), kWakeKey), "start the exit monitor"));
  return std::unique_ptr<ExitMonitor>(
      new ExitMonitor(std::move(callbacks), shims, std::move(epoll), std::move(wake)));
}

ExitMonitor::ExitMonitor(Callbacks callbacks, prometheus::Gauge& shims, sys::Fd epoll, sys::Fd wake)
    : callbacks_(std::move(callbacks)),
      shims_(shims),
      epoll_(std::move(epoll)),
      wake_(std::move(wake)),
      thread_([this] { Loop(); }) {}

ExitMonitor::~ExitMonitor() {
  const uint64_t one = 1;
  if (write(wake_.get(), &one, sizeof(one)) != sizeof(one)) {
    LogError("cannot wake the exit monitor");
  }
  thread_.join();
  absl::MutexLock lock(&mutex_);
  for (auto& [key, source] : sources_) {
    (void)source->child.Release();  // a shim outlives us
  }
}

absl::Status ExitMonitor::Add(int fd, SourcePtr source) {
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
  absl::Status status = ToStatus(Register(epoll_.get(), fd, key), "listen to a shim");
  if (!status.ok()) {
    Remove(key);
  }
  return status;
}

absl::Status ExitMonitor::Watch(const std::string& pod_id, ShimConnection subscription) {
  auto source = std::make_shared<Source>();
  source->pod_id = pod_id;
  source->subscription = subscription.Release();
  const int fd = source->subscription.get();
  return Add(fd, std::move(source));
}

void ExitMonitor::Unwatch(const std::string& pod_id) {
  absl::MutexLock lock(&mutex_);
  auto found = subscriptions_.find(pod_id);
  if (found != subscriptions_.end()) {
    sources_.erase(found->second);  // closed with its last user
    subscriptions_.erase(found);
    Count();
  }
}

bool ExitMonitor::IsWatched(const std::string& pod_id) const {
  absl::MutexLock lock(&mutex_);
  return subscriptions_.count(pod_id) != 0;
}

void ExitMonitor::Count() {
  shims_.Set(static_cast<double>(subscriptions_.size()));
}

absl::Status ExitMonitor::Adopt(sys::Process shim) {
  auto source = std::make_shared<Source>();
  source->child = std::move(shim);
  const int fd = source->child.pidfd();
  return Add(fd, std::move(source));
}

void ExitMonitor::Remove(uint64_t key) {
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

void ExitMonitor::Loop() {
  pthread_setname_np(pthread_self(), "rt-exits");
  epoll_event events[kMaxEvents];
  while (true) {
    const int count = epoll_wait(epoll_.get(), events, kMaxEvents, -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 == kWakeKey) {
        return;
      }
      Drain(events[i].data.u64);
    }
  }
}

void ExitMonitor::Drain(uint64_t key) {
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

void ExitMonitor::Read(uint64_t key, const SourcePtr& source) {
  while (true) {
    ShimReply reply;
    sys::ErrnoOr<sys::PacketSize> size = sys::ReceivePacket(
        source->subscription.get(), std::span(reinterpret_cast<char*>(&reply), sizeof(reply)), {},
        sys::kDontWait);
    if (!size.ok() && size.error().code == EAGAIN) {
      return;
    }
    if (!size.ok() || size->bytes != sizeof(reply)) {
      Remove(key);
      callbacks_.on_end(source->pod_id);
      return;
    }
    callbacks_.on_reply(source->pod_id, reply);
  }
}

}  // namespace berth::runtime
