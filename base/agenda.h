// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/thread_pool.h"

namespace berth {

// Work for later, done on a few threads of its own: what must go on after its RPC has ended, and
// what comes around regularly. Work may block for seconds, not for ever. Thread-safe.
class Agenda {
 public:
  // Its threads' name, as ThreadPool takes it, and their number.
  Agenda(const std::string& name, int threads);
  ~Agenda();
  Agenda(const Agenda&) = delete;
  Agenda& operator=(const Agenda&) = delete;

  // After Stop, these do nothing. Times are those of SteadyNow().
  void Now(absl::AnyInvocable<void()> work);
  void At(absl::Time time, absl::AnyInvocable<void()> work);
  // The same, but of one key there is one entry that is not due: the earliest.
  void Once(const std::string& key, absl::Time time, absl::AnyInvocable<void()> work);
  // Takes back the key's entry, if it is not due yet.
  void Drop(const std::string& key);

  // Drops what is not due, finishes what has begun and returns. Not from work of its own.
  void Stop();

 private:
  struct Entry {
    std::string key;  // empty: none
    absl::AnyInvocable<void()> work;
  };
  using Entries = std::multimap<absl::Time, Entry>;

  void Watch();
  // Takes it off; destroy it without the mutex, for the sake of what the work holds.
  Entry Take(Entries::iterator entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Entries::iterator> by_key_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<ThreadPool> pool_ ABSL_GUARDED_BY(mutex_);
  std::thread watcher_;
};

}  // namespace berth
