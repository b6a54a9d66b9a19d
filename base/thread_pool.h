// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace berth {

// A fixed number of threads that run what is scheduled, first come first served; fewer where the
// node has no more. The destructor runs everything scheduled, then joins. Thread-safe.
class ThreadPool {
 public:
  enum class Life {
    kJob,      // of one job; where there is no thread, who schedules does the work
    kProgram,  // who schedules may hold what the work waits for: without a thread the program ends
  };

  // `name` shows in ps and logs; at most 12 characters.
  ThreadPool(const std::string& name, int threads, Life life);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void Schedule(absl::AnyInvocable<void()> work);

 private:
  void Loop();

  absl::Mutex mutex_;
  std::deque<absl::AnyInvocable<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace berth
