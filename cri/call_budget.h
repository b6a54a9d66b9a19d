// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace berth::cri {

inline constexpr int kDefaultMaxThreads = 1024;

// How many calls of one slow kind run at the same time. Thread-safe.
class CallBudget {
 public:
  explicit CallBudget(int limit) : limit_(limit) {}

  // Runs `body`; ResourceExhausted at once, without running it, when `limit` are running.
  absl::Status Run(absl::FunctionRef<absl::Status()> body);

 private:
  const int limit_;
  absl::Mutex mutex_;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
};

// What each kind of slow call (pulls; starts; stops and removals; execs) gets of the server's
// threads: all of them together leave some for Version, Status and the lists. At least 1. Pure.
int BudgetOfKind(int max_threads);

// Calls of one kind that hold their thread while a client reads.
inline constexpr int kMaxStreams = 16;
// What each such kind gets (lists in pieces, those of images, and events): at most kMaxStreams, and
// still all together leave some threads. At least 1. Pure.
int BudgetOfStreams(int max_threads);

}  // namespace berth::cri
