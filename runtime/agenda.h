// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/thread_pool.h"

namespace berth::runtime {

// Work for later, done on a few threads of its own: what must go on after its RPC has ended, and
// what comes around regularly. Work may block for seconds, not for ever. Thread-safe.
class Agenda {
 public:
  Agenda();
  ~Agenda();
  Agenda(const Agenda&) = delete;
  Agenda& operator=(const Agenda&) = delete;

  // After Stop, both do nothing.
  void Now(absl::AnyInvocable<void()> work);
  void At(absl::Time time, absl::AnyInvocable<void()> work);

  // Drops what is not due, finishes what has begun and returns. Not from work of its own.
  void Stop();

 private:
  void Watch();

  absl::Mutex mutex_;
  std::multimap<absl::Time, absl::AnyInvocable<void()>> entries_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<ThreadPool> pool_ ABSL_GUARDED_BY(mutex_);
  std::thread watcher_;
};

}  // namespace berth::runtime
