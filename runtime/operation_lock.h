// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/call.h"

namespace berth::runtime {

// Serializes the operations on one pod. May be held while blocking, so whoever waits for it does so
// on the caller's deadline. First come is not first served. Thread-safe.
class OperationLock {
 public:
  // Releases the lock when destroyed.
  class Held {
   public:
    Held(Held&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}
    Held& operator=(Held&&) = delete;
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held();

   private:
    friend class OperationLock;
    explicit Held(OperationLock* lock) : lock_(lock) {}
    OperationLock* lock_;
  };

  // `operation` ("start container") is what others are told they wait for. When the call ends
  // first: its status, with the name of the operation in progress. A long wait is logged.
  absl::StatusOr<Held> Acquire(const Call& call, absl::string_view operation);

 private:
  absl::Mutex mutex_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  std::string operation_ ABSL_GUARDED_BY(mutex_);  // in progress
  absl::Time since_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::runtime
