// SPDX-License-Identifier: Apache-2.0
#include "runtime/agenda.h"

#include <pthread.h>

#include <utility>

#include "absl/time/clock.h"

namespace berth::runtime {
namespace {

constexpr int kThreads = 3;

}  // namespace

Agenda::Agenda()
    : pool_(std::make_unique<ThreadPool>("rt-work", kThreads)), watcher_([this] { Watch(); }) {}

Agenda::~Agenda() {
  Stop();
}

void Agenda::Now(absl::AnyInvocable<void()> work) {
  absl::MutexLock lock(&mutex_);
  if (!stopping_) {
    pool_->Schedule(std::move(work));
  }
}

void Agenda::At(absl::Time time, absl::AnyInvocable<void()> work) {
  absl::MutexLock lock(&mutex_);
  if (!stopping_) {
    entries_.emplace(time, std::move(work));
  }
}

void Agenda::Stop() {
  std::unique_ptr<ThreadPool> pool;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    pool = std::move(pool_);
  }
  if (watcher_.joinable()) {
    watcher_.join();
  }
}

void Agenda::Watch() {
  pthread_setname_np(pthread_self(), "rt-agenda");
  absl::MutexLock lock(&mutex_);
  while (!stopping_) {
    const absl::Time next = entries_.empty() ? absl::InfiniteFuture() : entries_.begin()->first;
    auto is_news = [this, next]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return stopping_ || (!entries_.empty() && entries_.begin()->first < next);
    };
    mutex_.AwaitWithDeadline(absl::Condition(&is_news), next);
    while (!stopping_ && !entries_.empty() && entries_.begin()->first <= absl::Now()) {
      pool_->Schedule(std::move(entries_.begin()->second));
      entries_.erase(entries_.begin());
    }
  }
}

}  // namespace berth::runtime
