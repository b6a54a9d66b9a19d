// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"

namespace berth {

// Who has a thing to himself, by its key; one at a time, while of other keys others may have
// theirs. There need be no thing. Thread-safe; no hold outlives this.
class KeyedHolds {
 public:
  class Hold {
   public:
    Hold(Hold&& other) noexcept
        : holds_(std::exchange(other.holds_, nullptr)), key_(std::move(other.key_)) {}
    Hold& operator=(Hold&& other) noexcept;
    ~Hold();

   private:
    friend class KeyedHolds;
    Hold(KeyedHolds* holds, std::string key) : holds_(holds), key_(std::move(key)) {}
    KeyedHolds* holds_;
    std::string key_;
  };

  // Waits for it. Cancelled or DeadlineExceeded when the caller goes before.
  absl::StatusOr<Hold> Acquire(const Call& call, const std::string& key);
  // None where somebody else has it.
  std::optional<Hold> TryAcquire(const std::string& key);
  // Hands it to `then` as soon as it is free, before it is to anybody who waits in Acquire: now, or
  // in the thread that lets go of it, so it must not wait.
  void WhenFree(const std::string& key, absl::AnyInvocable<void(Hold)> then);

 private:
  using Waiting = std::deque<absl::AnyInvocable<void(Hold)>>;

  void Release(const std::string& key);

  absl::Mutex mutex_;
  std::map<std::string, Waiting> held_ ABSL_GUARDED_BY(mutex_);  // by key
};

}  // namespace berth
