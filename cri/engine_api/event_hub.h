// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"
#include "base/json.h"

namespace berth::cri {

// Something that has happened to an object of the Engine API.
struct EngineEvent {
  std::string type;    // "container", "image", "network", "volume", "builder"
  std::string action;  // "start", "die", …
  std::string actor;   // its id, or an image's name
  std::map<std::string, std::string> attributes;
  int64_t at = 0;  // ns
};

// As GET /events tells it. Pure.
Json ToJson(const EngineEvent& event);

// What has happened, told to who listens; the last of it is kept for who comes later. Nobody who
// tells waits for a reader. Thread-safe.
class EventHub {
 public:
  static constexpr size_t kMaxKept = 256;

  // Each reader sees what comes after the `next` it asks with.
  void Tell(EngineEvent event);
  // `at` is now.
  void Tell(absl::string_view type, absl::string_view action, absl::string_view actor,
            std::map<std::string, std::string> attributes);

  struct Batch {
    std::vector<EngineEvent> events;
    uint64_t next = 0;  // what to ask with for what follows
  };
  // All that is kept from number `from` on; waits for the first when there is none. A reader that
  // is too slow misses some.
  absl::StatusOr<Batch> Take(const Call& call, uint64_t from);
  uint64_t next() const;   // of the event to come
  uint64_t first() const;  // of the oldest that is kept

 private:
  mutable absl::Mutex mutex_;
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<EngineEvent> kept_ ABSL_GUARDED_BY(mutex_);  // the last has the number next_ - 1
};

}  // namespace berth::cri
