// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/clock.h"

namespace berth {

// How late a cancellation may be seen: it cannot wake a waiter, so waiters look.
inline constexpr absl::Duration kCallPeriod = absl::Milliseconds(100);

// What is known of the caller for whom work is being done: until when it waits, and whether it
// still does. Passed down to everything that may block; cheap to copy. Thread-safe.
class Call {
 public:
  // A caller that waits for ever: the daemon itself.
  Call() = default;
  // `deadline` is a time of SteadyNow().
  explicit Call(absl::Time deadline, std::function<bool()> cancelled = nullptr)
      : deadline_(deadline), cancelled_(std::move(cancelled)) {}

  // A call of the daemon's own with a time limit, for cleanup after the caller has gone.
  static Call WithTimeout(absl::Duration timeout) { return Call(SteadyNow() + timeout); }

  // The same caller, waiting at most `timeout` from now.
  Call Within(absl::Duration timeout) const {
    return Call(std::min(deadline_, SteadyNow() + timeout), cancelled_);
  }

  absl::Time deadline() const { return deadline_; }
  absl::Duration remaining() const { return deadline_ - SteadyNow(); }
  // Until when to wait before the next Check.
  absl::Time NextLook() const { return std::min(deadline_, SteadyNow() + kCallPeriod); }
  bool cancelled() const { return cancelled_ != nullptr && cancelled_(); }

  // Cancelled or DeadlineExceeded once the caller has gone, else OK.
  absl::Status Check() const {
    if (cancelled()) {
      return absl::CancelledError("the caller has gone away");
    }
    if (SteadyNow() >= deadline_) {
      return absl::DeadlineExceededError("the caller's deadline has passed");
    }
    return absl::OkStatus();
  }

 private:
  absl::Time deadline_ = absl::InfiniteFuture();
  std::function<bool()> cancelled_;
};

// Mutex::AwaitWithDeadline for a `deadline` of SteadyNow().
bool AwaitUntil(absl::Mutex& mutex, const absl::Condition& condition, absl::Time deadline)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

// Waits until `condition` holds; Cancelled or DeadlineExceeded when the caller goes before it does.
// Releases `mutex` meanwhile, also to ask for the caller.
absl::Status Await(absl::Mutex& mutex, const absl::Condition& condition, const Call& call)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

}  // namespace berth
