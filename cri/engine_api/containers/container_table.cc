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
  ASSIGN_OR_RETURN(const auto records, database.All(EngineTable::kContainers));
  auto table = std::unique_ptr<ContainerTable>(new ContainerTable(database));
  absl::MutexLock lock(&table->mutex_);
  for (const auto& [id, json] : records) {
    ASSIGN_OR_RETURN(EngineContainerRecord record, ParseRecord(id, json));
    table->names_[record.name] = id;
    table->entries_[id].record = std::move(record);
  }
  return table;
}

absl::Status ContainerTable::Add(const EngineContainerRecord& record) {
  absl::MutexLock lock(&mutex_);
  if (const auto taken = names_.find(record.name); taken != names_.end()) {
    return NameIsTaken(record.name, taken->second);
  }
  RETURN_IF_ERROR(database_.Put(EngineTable::kContainers, record.id, FormatRecord(record)));
  names_[record.name] = record.id;
  entries_[record.id].record = record;
  return absl::OkStatus();
}

absl::Status ContainerTable::Remove(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(database_.Remove(EngineTable::kContainers, id));
  if (const auto found = entries_.find(id); found != entries_.end()) {
    names_.erase(found->second.record.name);
    entries_.erase(found);
  }
  return absl::OkStatus();
}

absl::Status ContainerTable::Rename(const std::string& id, const std::string& name) {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    return NoSuchContainer(id);
  }
  if (const auto taken = names_.find(name); taken != names_.end()) {
    return NameIsTaken(name, taken->second);
  }
  EngineContainerRecord renamed = found->second.record;
  renamed.name = name;
  RETURN_IF_ERROR(database_.Put(EngineTable::kContainers, id, FormatRecord(renamed)));
  names_.erase(found->second.record.name);
  names_[name] = id;
  found->second.record = std::move(renamed);
  return absl::OkStatus();
}

const ContainerTable::Entry* ContainerTable::FindEntry(absl::string_view name,
                                                       bool& ambiguous) const {
  const std::string text(absl::StripPrefix(name, "/"));
  if (const auto whole = entries_.find(text); whole != entries_.end()) {
    return &whole->second;
  }
  if (const auto named = names_.find(text); named != names_.end()) {
    return &entries_.at(named->second);
  }
  const auto first = entries_.lower_bound(text);
  if (text.empty() || first == entries_.end() || !absl::StartsWith(first->first, text)) {
    return nullptr;
  }
  const auto second = std::next(first);
  ambiguous = second != entries_.end() && absl::StartsWith(second->first, text);
  return &first->second;
}

absl::StatusOr<EngineContainerRecord> ContainerTable::Find(absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  bool ambiguous = false;
  const Entry* entry = FindEntry(name, ambiguous);
  if (entry == nullptr) {
    return NoSuchContainer(name);
  }
  if (ambiguous) {
    return absl::InvalidArgumentError(
        absl::StrCat("multiple IDs found with provided prefix: ", name));
  }
  return entry->record;
}

std::vector<EngineContainerRecord> ContainerTable::All() const {
  std::vector<EngineContainerRecord> all;
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, entry] : entries_) {
    all.push_back(entry.record);
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
  for (const auto& [id, entry] : entries_) {
    look(entry.record);
  }
}

absl::StatusOr<EngineContainerRecord> ContainerTable::Change(
    const std::string& id, absl::FunctionRef<void(EngineContainerRecord&)> change, bool force) {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    return NoSuchContainer(id);
  }
  EngineContainerRecord changed = found->second.record;
  change(changed);
  const absl::Status put = database_.Put(EngineTable::kContainers, id, FormatRecord(changed));
  if (!put.ok() && !force) {
    return put;
  }
  LogIfError(put, "a container's state is not on record");
  found->second.record = changed;
  return changed;
}

absl::StatusOr<ContainerTable::Hold> ContainerTable::Acquire(const Call& call,
                                                             const std::string& id) {
  absl::MutexLock lock(&mutex_);
  const auto is_free = [this, &id]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    const auto found = entries_.find(id);
    return found == entries_.end() || !found->second.held;
  };
  RETURN_IF_ERROR(Await(mutex_, absl::Condition(&is_free), call));
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    return NoSuchContainer(id);
  }
  found->second.held = true;
  return Hold(this, id);
}

ContainerTable::Hold::~Hold() {
  if (table_ != nullptr) {
    table_->Release(id_);
  }
}

void ContainerTable::Release(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  if (const auto found = entries_.find(id); found != entries_.end()) {
    found->second.held = false;
  }
}

absl::StatusOr<std::optional<EngineContainerRecord>> ContainerTable::AwaitState(
    const Call& call, const std::string& id, Condition done) const {
  absl::MutexLock lock(&mutex_);
  const auto is_done = [this, &id, &done]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    const auto found = entries_.find(id);
    return found == entries_.end() || done(found->second.record);
  };
  RETURN_IF_ERROR(Await(mutex_, absl::Condition(&is_done), call));
  const auto found = entries_.find(id);
  return found == entries_.end() ? std::optional<EngineContainerRecord>()
                                 : std::optional(found->second.record);
}

}  // namespace berth::cri
