// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/event_hub.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

#include "base/status.h"

namespace berth::cri {

Json ToJson(const EngineEvent& event) {
  constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
  Json json = {{"Type", event.type},
               {"Action", event.action},
               {"Actor", {{"ID", event.actor}, {"Attributes", event.attributes}}},
               {"scope", "local"},
               {"time", event.at / kNanosecondsPerSecond},
               {"timeNano", event.at}};
  if (event.type == "container" || event.type == "image") {  // as old clients read it
    json["status"] = event.action;
    json["id"] = event.actor;
    if (const auto image = event.attributes.find("image"); image != event.attributes.end()) {
      json["from"] = image->second;
    }
  }
  return json;
}

void EventHub::Tell(absl::string_view type, absl::string_view action, absl::string_view actor,
                    std::map<std::string, std::string> attributes) {
  Tell({std::string(type), std::string(action), std::string(actor), std::move(attributes),
        absl::GetCurrentTimeNanos()});
}

void EventHub::Tell(EngineEvent event) {
  absl::MutexLock lock(&mutex_);
  kept_.push_back(std::move(event));
  ++next_;
  if (kept_.size() > kMaxKept) {
    kept_.pop_front();
  }
}

absl::StatusOr<EventHub::Batch> EventHub::Take(const Call& call, uint64_t from) {
  absl::MutexLock lock(&mutex_);
  const auto has_more = [this, from]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return next_ > from; };
  RETURN_IF_ERROR(Await(mutex_, absl::Condition(&has_more), call));
  const uint64_t first = next_ - kept_.size();
  const size_t skipped = static_cast<size_t>(std::max(from, first) - first);
  Batch batch;
  batch.events.assign(kept_.begin() + static_cast<std::ptrdiff_t>(skipped), kept_.end());
  batch.next = next_;
  return batch;
}

uint64_t EventHub::next() const {
  absl::MutexLock lock(&mutex_);
  return next_;
}

uint64_t EventHub::first() const {
  absl::MutexLock lock(&mutex_);
  return next_ - kept_.size();
}

}  // namespace berth::cri
