// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "base/database.h"
#include "base/json.h"

namespace berth::cri {

// What of the engine is kept, a table each; a subject's own class knows what its records say.
enum class EngineTable { kContainers, kNetworks, kEndpoints, kVolumes };

inline constexpr size_t kMaxEngineRecord = 16 << 20;

// What the Docker Engine API keeps that CRI has no record of: <root>/engine.db. What a call has
// written survives SIGKILL; nothing here waits for a disk, but one change in many. A full disk is
// ResourceExhausted. Thread-safe.
class EngineDatabase {
 public:
  static absl::StatusOr<std::unique_ptr<EngineDatabase>> Open(const std::string& path);

  // In place of an earlier record of that id.
  absl::Status Put(EngineTable table, absl::string_view id, const Json& record);
  // Absence is success.
  absl::Status Remove(EngineTable table, absl::string_view id);
  // By id. DataLoss in the place of one that is no JSON object.
  absl::StatusOr<std::map<std::string, absl::StatusOr<Json>>> All(EngineTable table);

 private:
  explicit EngineDatabase(Database database) : database_(std::move(database)) {}

  void NoteChange() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  Database database_ ABSL_GUARDED_BY(mutex_);
  int changes_ ABSL_GUARDED_BY(mutex_) = 0;  // since the log was moved into the file
};

// A record that cannot be read stays as it is until a user removes what it is about: who finds one
// says so in the log, and has something there in its place that owns what it owned.
void LogUnreadable(EngineTable table, absl::string_view id, absl::string_view why);
// FailedPrecondition for whatever begins to use that; OK when `why` is empty.
absl::Status CheckReadable(absl::string_view what, absl::string_view why);

}  // namespace berth::cri
