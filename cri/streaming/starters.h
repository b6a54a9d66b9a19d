// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

#include "base/thread_pool.h"

namespace berth::cri {

// Threads for what may block, of which one pod never has more than a few: one that is slow delays
// no other. The destructor runs what is scheduled. Thread-safe.
class Starters {
 public:
  Starters(int threads, int max_of_one)
      : max_of_one_(max_of_one), pool_("stream-start", threads, ThreadPool::Life::kProgram) {}

  // On the account of the pod. What is of one pod begins in order.
  void Schedule(const std::string& pod, absl::AnyInvocable<void()> work);

 private:
  struct Account {
    int running = 0;
    std::deque<absl::AnyInvocable<void()>> waiting;
  };
  void Run(const std::string& pod, absl::AnyInvocable<void()> work);

  const int max_of_one_;
  absl::Mutex mutex_;
  std::unordered_map<std::string, Account> accounts_ ABSL_GUARDED_BY(mutex_);
  ThreadPool pool_;  // last: its threads use the rest
};

}  // namespace berth::cri
