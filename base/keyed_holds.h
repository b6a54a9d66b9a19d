// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
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

// Who has a thing to himself, by its key, one at a time, or shares it; while of other keys others
// may have theirs. There need be no thing. Thread-safe; no hold outlives this.
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
  // The same while others share it, too, the caller himself even; who wants it to himself waits for
  // the last of them, and does not keep out those who come meanwhile.
  absl::StatusOr<Hold> Share(const Call& call, const std::string& key);
  // None where somebody else has it.
  std::optional<Hold> TryAcquire(const std::string& key);
  // Hands it to `then` as soon as it is free, before anybody who waits for it has it: now, or in
  // the thread that lets go of it, so it must not wait.
  void WhenFree(const std::string& key, absl::AnyInvocable<void(Hold)> then);

 private:
  struct Held {
    size_t sharers = 0;  // none: one has it to himself
    std::deque<absl::AnyInvocable<void(Hold)>> waiting;
  };

  void Release(const std::string& key);

  absl::Mutex mutex_;
  std::map<std::string, Held> held_ ABSL_GUARDED_BY(mutex_);  // by key
};

}  // namespace berth
