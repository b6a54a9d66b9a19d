// SPDX-License-Identifier: Apache-2.0
#include "base/thread_pool.h"

#include <utility>

#include "base/thread.h"

namespace berth {

ThreadPool::ThreadPool(const std::string& name, int threads, Life life) {
  if (life == Life::kProgram) {
    threads_.push_back(StartLastingThread(name, [this] { Loop(); }));
  }
  while (static_cast<int>(threads_.size()) < threads) {
    absl::StatusOr<std::thread> thread = StartThread(name, [this] { Loop(); });
    if (!thread.ok()) {
      break;
    }
    threads_.push_back(*std::move(thread));
  }
}

ThreadPool::~ThreadPool() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void ThreadPool::Schedule(absl::AnyInvocable<void()> work) {
  if (threads_.empty()) {
    work();
    return;
  }
  absl::MutexLock lock(&mutex_);
  queue_.push_back(std::move(work));
}

void ThreadPool::Loop() {
  const auto has_work = [this] {
    mutex_.AssertReaderHeld();
    return stopping_ || !queue_.empty();
  };
  while (true) {
    absl::AnyInvocable<void()> work;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&has_work));
      if (queue_.empty()) {
        return;
      }
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace berth
