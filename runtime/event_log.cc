// SPDX-License-Identifier: Apache-2.0
#include "runtime/event_log.h"

#include <algorithm>

namespace berth::runtime {

void EventLog::Know(const std::string& id, v1::ContainerEventType last) {
  absl::MutexLock lock(&mutex_);
  last_[id] = last;
}

void EventLog::Created(const std::string& id, Describe describe) {
  absl::MutexLock lock(&mutex_);
  if (last_.emplace(id, v1::CONTAINER_CREATED_EVENT).second) {
    Send(id, v1::CONTAINER_CREATED_EVENT, describe);
  }
}

void EventLog::Started(const std::string& id, Describe describe) {
  absl::MutexLock lock(&mutex_);
  Advance(id, v1::CONTAINER_STARTED_EVENT, describe);
}

void EventLog::Stopped(const std::string& id, bool ran, Describe describe) {
  absl::MutexLock lock(&mutex_);
  if (ran) {
    Advance(id, v1::CONTAINER_STARTED_EVENT, describe);
  }
  Advance(id, v1::CONTAINER_STOPPED_EVENT, describe);
}

void EventLog::Deleted(const std::string& id, Describe describe) {
  absl::MutexLock lock(&mutex_);
  Advance(id, v1::CONTAINER_DELETED_EVENT, describe);
  last_.erase(id);
}

std::shared_ptr<EventQueue> EventLog::Subscribe(std::optional<PodOwner> owner) {
  auto queue = std::make_shared<EventQueue>(owner);
  absl::MutexLock lock(&mutex_);
  subscribers_.push_back(queue);
  return queue;
}

void EventLog::Advance(const std::string& id, v1::ContainerEventType type, Describe describe) {
  const auto found = last_.find(id);
  if (found == last_.end() || found->second >= type) {
    return;
  }
  found->second = type;
  Send(id, type, describe);
}

void EventLog::Send(const std::string& id, v1::ContainerEventType type, Describe describe) {
  subscribers_.erase(std::remove_if(subscribers_.begin(), subscribers_.end(),
                                    [](const auto& queue) { return queue.expired(); }),
                     subscribers_.end());
  if (subscribers_.empty()) {
    return;
  }
  auto event = std::make_shared<ContainerEvent>();
  event->id = id;
  event->type = type;
  describe(*event);
  for (const std::weak_ptr<EventQueue>& subscriber : subscribers_) {
    const std::shared_ptr<EventQueue> queue = subscriber.lock();
    if (queue != nullptr && queue->Wants(*event) && !queue->Push(event)) {
      dropped_.Increment();
    }
  }
}

}  // namespace berth::runtime
