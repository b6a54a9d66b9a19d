// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"

namespace berth::runtime {

// Who may change networks now: one operation at a time a pod, any number of pods at once, or one
// operation alone. A waiting EnterAlone holds nobody up, so a slow pod delays no other; it may have
// to wait for a pause. Thread-safe.
class OperationGate {
 public:
  // The right to go on, until it is destroyed. The gate must outlive it.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), pod_id_(std::move(other.pod_id_)) {}
    Ticket& operator=(Ticket&&) = delete;
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket();

   private:
    friend class OperationGate;
    Ticket(OperationGate* gate, std::string pod_id) : gate_(gate), pod_id_(std::move(pod_id)) {}

    OperationGate* gate_;
    std::string pod_id_;  // empty: alone
  };

  // Waits until nobody works on the pod and nobody is alone; Cancelled or DeadlineExceeded when the
  // call ends first.
  absl::StatusOr<Ticket> Enter(const Call& call, const std::string& pod_id);

  // The same without waiting.
  std::optional<Ticket> TryEnter(const std::string& pod_id);

  // Waits until there is nobody else.
  absl::StatusOr<Ticket> EnterAlone(const Call& call);

 private:
  bool IsFree(const std::string& pod_id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  absl::flat_hash_set<std::string> pods_ ABSL_GUARDED_BY(mutex_);  // being worked on
  bool alone_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace berth::runtime
