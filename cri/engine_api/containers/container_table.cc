// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"

namespace berth::cri {
namespace {

absl::Status NoSuchContainer(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("No such container: ", name));
}

absl::Status NameIsTaken(absl::string_view name, absl::string_view id) {
  return absl::AlreadyExistsError(absl::StrCat(
      "Conflict. The container name \"/", name, "\" is already in use by container \"", id,
      "\". You have to remove (or rename) that container to be able to reuse that name."));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ContainerTable>> ContainerTable::Open(EngineDatabase& database) {
  ASSIGN_OR_RETURN(auto records, database.All(EngineTable::kContainers));
  auto table = std::unique_ptr<ContainerTable>(new ContainerTable(database));
  absl::MutexLock lock(&table->mutex_);
  table->Load(std::move(records));
  return table;
}

// Those that can be read have their names first.
void ContainerTable::Load(std::map<std::string, absl::StatusOr<Json>> records) {
  std::vector<EngineContainerRecord> dead;
  for (const auto& [id, json] : records) {
    EngineContainerRecord record = ParseRecord(id, json);
    if (record.state.dead()) {
      dead.push_back(std::move(record));
    } else if (names_.emplace(record.name, id).second) {
      records_[id] = std::move(record);
    } else {
      dead.push_back(DeadRecord(record, absl::StrCat("name: it is that of ", names_[record.name])));
    }
  }
  for (EngineContainerRecord& record : dead) {
    LogUnreadable(EngineTable::kContainers, record.id, record.state.error);
    if (record.name.empty() || !names_.emplace(record.name, record.id).second) {
      record.name = record.id;
      names_[record.id] = record.id;
    }
    records_[record.id] = std::move(record);
  }
}

absl::Status ContainerTable::CheckName(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  const auto taken = names_.find(name);
  return taken == names_.end() ? absl::OkStatus() : NameIsTaken(name, taken->second);
}

absl::Status ContainerTable::Add(const EngineContainerRecord& record) {
  absl::MutexLock changing(&changing_);
  RETURN_IF_ERROR(CheckName(record.name));
  RETURN_IF_ERROR(database_.Put(EngineTable::kContainers, record.id, FormatRecord(record)));
  absl::MutexLock lock(&mutex_);
  names_[record.name] = record.id;
  records_[record.id] = record;
  return absl::OkStatus();
}

absl::Status ContainerTable::Remove(const std::string& id) {
  absl::MutexLock changing(&changing_);
  RETURN_IF_ERROR(database_.Remove(EngineTable::kContainers, id));
  absl::MutexLock lock(&mutex_);
  if (const auto found = records_.find(id); found != records_.end()) {
    names_.erase(found->second.name);
    records_.erase(found);
  }
  return absl::OkStatus();
}

absl::Status ContainerTable::Rename(const std::string& id, const std::string& name) {
  absl::MutexLock changing(&changing_);
  ASSIGN_OR_RETURN(EngineContainerRecord renamed, Copy(id));
  RETURN_IF_ERROR(CheckName(name));
  const std::string old_name = std::exchange(renamed.name, name);
  RETURN_IF_ERROR(database_.Put(EngineTable::kContainers, id, FormatRecord(renamed)));
  absl::MutexLock lock(&mutex_);
  names_.erase(old_name);
  names_[name] = id;
  records_.at(id) = std::move(renamed);
  return absl::OkStatus();
}

const EngineContainerRecord* ContainerTable::FindRecord(absl::string_view name,
                                                        bool& ambiguous) const {
  const std::string text(absl::StripPrefix(name, "/"));
  if (const auto whole = records_.find(text); whole != records_.end()) {
    return &whole->second;
  }
  if (const auto named = names_.find(text); named != names_.end()) {
    return &records_.at(named->second);
  }
  const auto first = records_.lower_bound(text);
  if (text.empty() || first == records_.end() || !absl::StartsWith(first->first, text)) {
    return nullptr;
  }
  const auto second = std::next(first);
  ambiguous = second != records_.end() && absl::StartsWith(second->first, text);
  return &first->second;
}

absl::StatusOr<EngineContainerRecord> ContainerTable::Find(absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  bool ambiguous = false;
  const EngineContainerRecord* const record = FindRecord(name, ambiguous);
  if (record == nullptr) {
    return NoSuchContainer(name);
  }
  if (ambiguous) {
    return absl::InvalidArgumentError(
        absl::StrCat("multiple IDs found with provided prefix: ", name));
  }
  return *record;
}

std::vector<EngineContainerRecord> ContainerTable::All() const {
  std::vector<EngineContainerRecord> all;
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, record] : records_) {
    all.push_back(record);
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.created_at > b.created_at; });
  return all;
}

bool ContainerTable::HasName(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  return names_.count(name) != 0;
}

void ContainerTable::ForEach(absl::FunctionRef<void(const EngineContainerRecord&)> look) const {
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, record] : records_) {
    look(record);
  }
}

absl::StatusOr<EngineContainerRecord> ContainerTable::Copy(const std::string& id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = records_.find(id);
  if (found == records_.end()) {
    return NoSuchContainer(id);
  }
  RETURN_IF_ERROR(CheckAlive(found->second));
  return found->second;
}

absl::StatusOr<EngineContainerRecord> ContainerTable::Change(
    const std::string& id, absl::FunctionRef<void(EngineContainerRecord&)> change, bool force) {
  absl::MutexLock changing(&changing_);
  ASSIGN_OR_RETURN(EngineContainerRecord changed, Copy(id));
  change(changed);
  const absl::Status put = database_.Put(EngineTable::kContainers, id, FormatRecord(changed));
  if (!put.ok() && !force) {
    return put;
  }
  LogIfError(put, "a container's state is not on record");
  absl::MutexLock lock(&mutex_);
  records_.at(id) = changed;
  return changed;
}

absl::StatusOr<std::optional<EngineContainerRecord>> ContainerTable::AwaitState(
    const Call& call, const std::string& id, Condition done) const {
  absl::MutexLock lock(&mutex_);
  const auto is_done = [this, &id, &done]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    const auto found = records_.find(id);
    return found == records_.end() || done(found->second);
  };
  RETURN_IF_ERROR(Await(mutex_, absl::Condition(&is_done), call));
  const auto found = records_.find(id);
  return found == records_.end() ? std::optional<EngineContainerRecord>()
                                 : std::optional(found->second);
}

}  // namespace berth::cri
