// SPDX-License-Identifier: Apache-2.0
#include "runtime/event_queue.h"

#include <utility>

#include "base/status.h"

namespace berth::runtime {

bool EventQueue::Push(std::shared_ptr<const ContainerEvent> event) {
  absl::MutexLock lock(&mutex_);
  if (events_.size() >= kMaxEvents) {
    return false;
  }
  events_.push_back(std::move(event));
  return true;
}

absl::StatusOr<std::shared_ptr<const ContainerEvent>> EventQueue::Take(const Call& call) {
  absl::MutexLock lock(&mutex_);
  auto is_filled = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !events_.empty(); };
  RETURN_IF_ERROR(Await(mutex_, absl::Condition(&is_filled), call));
  std::shared_ptr<const ContainerEvent> event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace berth::runtime
