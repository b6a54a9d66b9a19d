// SPDX-License-Identifier: Apache-2.0
#include "base/agenda.h"

#include <utility>

#include "base/call.h"
#include "base/clock.h"
#include "base/thread.h"

namespace berth {

Agenda::Agenda(const std::string& name, int threads)
    : pool_(std::make_unique<ThreadPool>(name, threads, ThreadPool::Life::kProgram)),
      watcher_(StartLastingThread("agenda", [this] { Watch(); })) {}

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
    entries_.emplace(time, Entry{"", std::move(work)});
  }
}

void Agenda::Once(const std::string& key, absl::Time time, absl::AnyInvocable<void()> work) {
  Entry replaced;
  absl::MutexLock lock(&mutex_);
  const auto found = by_key_.find(key);
  if (stopping_ || (found != by_key_.end() && found->second->first <= time)) {
    return;
  }
  if (found != by_key_.end()) {
    replaced = Take(found->second);
  }
  by_key_[key] = entries_.emplace(time, Entry{key, std::move(work)});
}

void Agenda::Drop(const std::string& key) {
  Entry dropped;
  absl::MutexLock lock(&mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    dropped = Take(found->second);
  }
}

Agenda::Entry Agenda::Take(Entries::iterator entry) {
  Entry taken = std::move(entry->second);
  by_key_.erase(taken.key);
  entries_.erase(entry);
  return taken;
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
  absl::MutexLock lock(&mutex_);
  while (!stopping_) {
    const absl::Time next = entries_.empty() ? absl::InfiniteFuture() : entries_.begin()->first;
    auto is_news = [this, next]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return stopping_ || (!entries_.empty() && entries_.begin()->first < next);
    };
    AwaitUntil(mutex_, absl::Condition(&is_news), next);
    while (!stopping_ && !entries_.empty() && entries_.begin()->first <= SteadyNow()) {
      pool_->Schedule(Take(entries_.begin()).work);
    }
  }
}

}  // namespace berth
