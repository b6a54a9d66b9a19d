// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"
#include "runtime/pod_runtime.h"

namespace berth::runtime {

// Something that has happened to a container or, under its own id, to a pod; and what both were
// right afterwards.
struct ContainerEvent {
  std::string id;
  v1::ContainerEventType type = v1::CONTAINER_CREATED_EVENT;
  int64_t at = 0;  // ns; later than any status from before, and each later than the last
  PodSnapshot pod;
  std::vector<ContainerSnapshot> containers;  // all of the pod's, newest first
};

// The events that one reader has yet to take, the oldest first. Thread-safe.
class EventQueue {
 public:
  static constexpr size_t kMaxEvents = 1000;

  // Of the pods of `owner`, or of all.
  explicit EventQueue(std::optional<PodOwner> owner = std::nullopt) : owner_(owner) {}

  bool Wants(const ContainerEvent& event) const {
    return !owner_.has_value() || *owner_ == event.pod.extras.owner;
  }

  // Never waits: false, and the event is lost to this reader, when kMaxEvents are waiting.
  bool Push(std::shared_ptr<const ContainerEvent> event);

  // Waits for one. Cancelled or DeadlineExceeded when the caller goes before it comes.
  absl::StatusOr<std::shared_ptr<const ContainerEvent>> Take(const Call& call);

 private:
  const std::optional<PodOwner> owner_;
  absl::Mutex mutex_;
  std::deque<std::shared_ptr<const ContainerEvent>> events_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::runtime
