// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/operation_gate.h"

#include "base/status.h"

namespace berth::runtime {

OperationGate::Ticket::~Ticket() {
  if (gate_ == nullptr) {
    return;
  }
  absl::MutexLock lock(&gate_->mutex_);
  if (pod_id_.empty()) {
    gate_->alone_ = false;
  } else {
    gate_->pods_.erase(pod_id_);
  }
}

bool OperationGate::IsFree(const std::string& pod_id) const {
  return !alone_ && !pods_.contains(pod_id);
}

absl::StatusOr<OperationGate::Ticket> OperationGate::Enter(const Call& call,
                                                           const std::string& pod_id) {
  absl::MutexLock lock(&mutex_);
  auto is_free = [this, &pod_id]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return IsFree(pod_id); };
  RETURN_IF_ERROR(Await(mutex_, absl::Condition(&is_free), call));
  pods_.insert(pod_id);
  return Ticket(this, pod_id);
}

std::optional<OperationGate::Ticket> OperationGate::TryEnter(const std::string& pod_id) {
  absl::MutexLock lock(&mutex_);
  if (!IsFree(pod_id)) {
    return std::nullopt;
  }
  pods_.insert(pod_id);
  return Ticket(this, pod_id);
}

absl::StatusOr<OperationGate::Ticket> OperationGate::EnterAlone(const Call& call) {
  absl::MutexLock lock(&mutex_);
  auto is_empty = [this]()
                      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !alone_ && pods_.empty(); };
  RETURN_IF_ERROR(Await(mutex_, absl::Condition(&is_empty), call));
  alone_ = true;
  return Ticket(this, "");
}

}  // namespace berth::runtime
