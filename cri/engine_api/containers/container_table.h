// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"
#include "cri/engine_api/containers/container_record.h"
#include "cri/engine_api/engine_database.h"

namespace berth::cri {

// The containers of the Engine API there are: in memory and, always first, on record. Thread-safe;
// what waits ends with its caller. Who reads does not wait for who writes to the disk.
class ContainerTable {
 public:
  // NotFound, in Docker's words, of a name or id that is none. Records that cannot be read are dead
  // containers, by their ids where their names are not known; nothing changes those.
  static absl::StatusOr<std::unique_ptr<ContainerTable>> Open(EngineDatabase& database);

  // AlreadyExists when the name is taken.
  absl::Status Add(const EngineContainerRecord& record);
  absl::Status Remove(const std::string& id);
  absl::Status Rename(const std::string& id, const std::string& name);

  // By id, unambiguous prefix of one, or name with or without a slash.
  absl::StatusOr<EngineContainerRecord> Find(absl::string_view name) const;
  std::vector<EngineContainerRecord> All() const;  // newest first
  // Of each, with the table's lock held, and without a copy of it.
  void ForEach(absl::FunctionRef<void(const EngineContainerRecord&)> look) const;
  bool HasName(const std::string& name) const;

  // Changes one that is there, else NotFound; what it has become. Nobody sees it before `change`
  // has returned and it is on record. When it cannot be put there it stays as it was, unless
  // `force`: what has happened is true all the same.
  absl::StatusOr<EngineContainerRecord> Change(
      const std::string& id, absl::FunctionRef<void(EngineContainerRecord&)> change,
      bool force = false);

  // Waits until `done` holds for the container, or it is gone (nothing).
  using Condition = absl::FunctionRef<bool(const EngineContainerRecord&)>;
  absl::StatusOr<std::optional<EngineContainerRecord>> AwaitState(const Call& call,
                                                                  const std::string& id,
                                                                  Condition done) const;

 private:
  explicit ContainerTable(EngineDatabase& database) : database_(database) {}
  const EngineContainerRecord* FindRecord(absl::string_view name, bool& ambiguous) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  void Load(std::map<std::string, absl::StatusOr<Json>> records)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of one that can be changed.
  absl::StatusOr<EngineContainerRecord> Copy(const std::string& id) const;
  // AlreadyExists, in Docker's words, when another has it.
  absl::Status CheckName(const std::string& name) const;

  EngineDatabase& database_;
  absl::Mutex changing_;  // one change at a time; taken before mutex_, and held over the disk
  mutable absl::Mutex mutex_;
  std::map<std::string, EngineContainerRecord> records_ ABSL_GUARDED_BY(mutex_);  // by id
  std::map<std::string, std::string> names_ ABSL_GUARDED_BY(mutex_);              // name -> id
};

}  // namespace berth::cri
