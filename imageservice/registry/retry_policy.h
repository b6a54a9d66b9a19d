// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/call.h"

// Which failures may pass by themselves, and how long to wait for that.
namespace berth::imageservice {

// Marks an error as one after which the same request may succeed; `retry_after` is what the server
// asked for, zero when it did not. The mark is not part of the message.
absl::Status Transient(absl::Status status, absl::Duration retry_after = absl::ZeroDuration());
bool IsTransient(const absl::Status& status);
// Transient, and marked as the word of nobody: there was no server to ask.
absl::Status Unreachable(absl::Status status);
bool IsUnreachable(const absl::Status& status);
// Takes the marks away.
absl::Status Lasting(absl::Status status);
absl::Duration RetryAfter(const absl::Status& status);

// 408, 425, 429 and the 5xx that say "not now".
bool IsTransientHttpStatus(int status);

// The value of a Retry-After header, in seconds or as a date; zero when it is neither or has
// passed.
absl::Duration ParseRetryAfter(absl::string_view header, absl::Time now);

struct RetryPolicy {
  int max_attempts = 6;
  absl::Duration first_delay = absl::Milliseconds(500);
  absl::Duration max_delay = absl::Seconds(10);
  absl::Duration max_retry_after = absl::Minutes(1);  // a server may not make us wait longer
};

// The delays of one operation. Not thread-safe.
class RetrySchedule {
 public:
  explicit RetrySchedule(const RetryPolicy& policy) : policy_(policy) {}

  // How long to wait before the next attempt: twice as long each time, at least what the server
  // asked for, and spread by `random` (of [0, 1)) over the upper half. nullopt when there was the
  // last.
  std::optional<absl::Duration> Next(absl::Duration retry_after, double random);

  // Starts anew, after an attempt that got somewhere.
  void Reset() { failures_ = 0; }

 private:
  RetryPolicy policy_;
  int failures_ = 0;
};

// Waits; Cancelled or DeadlineExceeded as soon as the caller has gone.
absl::Status Wait(const Call& call, absl::Duration delay);

}  // namespace berth::imageservice
