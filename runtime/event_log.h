// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"

#include "metrics/metrics.h"
#include "proto/runtime/v1/api.pb.h"
#include "runtime/event_queue.h"

namespace berth::runtime {

// Tells all subscribers what happens to pods and containers: created, started, stopped, deleted,
// in this order and each once, whichever thread hears of it first. Nobody waits for a subscriber.
// Thread-safe.
class EventLog {
 public:
  // Fills all of an event but its id and its type. Called in the order of the events, and only when
  // somebody listens; it may take data locks, not wait.
  using Describe = absl::FunctionRef<void(ContainerEvent&)>;

  // `dropped` counts the events that a subscriber has lost.
  explicit EventLog(prometheus::Counter& dropped) : dropped_(dropped) {}

  // One from an earlier daemon, which told as much.
  void Know(const std::string& id, v1::ContainerEventType last);

  void Created(const std::string& id, Describe describe);
  void Started(const std::string& id, Describe describe);
  // One that `ran` has started before, also when nobody has heard of that yet.
  void Stopped(const std::string& id, bool ran, Describe describe);
  void Deleted(const std::string& id, Describe describe);

  // Gets the events from now on, those of one owner's pods or all, as long as it is kept.
  std::shared_ptr<EventQueue> Subscribe(std::optional<PodOwner> owner = std::nullopt);

 private:
  // Nothing happens unless the object is known and has not been told of as far as that.
  void Advance(const std::string& id, v1::ContainerEventType type, Describe describe)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Send(const std::string& id, v1::ContainerEventType type, Describe describe)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  prometheus::Counter& dropped_;
  absl::Mutex mutex_;  // held while an event is described: this makes the order
  std::map<std::string, v1::ContainerEventType> last_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<EventQueue>> subscribers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::runtime
