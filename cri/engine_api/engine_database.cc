// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/engine_database.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"

namespace berth::cri {
namespace {

constexpr int kChangesPerCheckpoint = 2000;

constexpr absl::string_view kMigrations[] = {
    R"sql(
      CREATE TABLE containers (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE networks (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE volumes (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE build_cache (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
    )sql",
    "CREATE TABLE endpoints (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID",
};

absl::string_view NameOf(EngineTable table) {
  switch (table) {
    case EngineTable::kContainers:
      return "containers";
    case EngineTable::kNetworks:
      return "networks";
    case EngineTable::kEndpoints:
      return "endpoints";
    case EngineTable::kVolumes:
      break;
  }
  return "volumes";
}

absl::StatusOr<Json> ParseObject(absl::string_view text) {
  absl::StatusOr<Json> json = ParseJson(text, kMaxEngineRecord);
  if (!json.ok()) {
    return absl::DataLossError(json.status().message());
  }
  return json->is_object() ? json : absl::DataLossError("it is no JSON object");
}

}  // namespace

absl::StatusOr<std::unique_ptr<EngineDatabase>> EngineDatabase::Open(const std::string& path) {
  ASSIGN_OR_RETURN(Database database, Database::Open(path, Durability::kProcess, kMigrations));
  return std::unique_ptr<EngineDatabase>(new EngineDatabase(std::move(database)));
}

absl::Status EngineDatabase::Put(EngineTable table, absl::string_view id, const Json& record) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(database_.CheckRoom());
  ASSIGN_OR_RETURN(Statement put, database_.Prepare(absl::StrCat("INSERT OR REPLACE INTO ",
                                                                 NameOf(table), " VALUES (?, ?)")));
  RETURN_IF_ERROR(put.Bind(1, id).Bind(2, FormatJson(record)).Run());
  NoteChange();
  return absl::OkStatus();
}

absl::Status EngineDatabase::Remove(EngineTable table, absl::string_view id) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(Statement remove,
                   database_.Prepare(absl::StrCat("DELETE FROM ", NameOf(table), " WHERE id = ?")));
  RETURN_IF_ERROR(remove.Bind(1, id).Run());
  NoteChange();
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, absl::StatusOr<Json>>> EngineDatabase::All(EngineTable table) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(Statement select,
                   database_.Prepare(absl::StrCat("SELECT id, json FROM ", NameOf(table))));
  std::map<std::string, absl::StatusOr<Json>> records;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, select.Step());
    if (!found) {
      return records;
    }
    records.emplace(select.Text(0), ParseObject(select.Text(1)));
  }
}

void EngineDatabase::NoteChange() {
  if (++changes_ >= kChangesPerCheckpoint) {
    changes_ = 0;
    LogIfError(database_.Checkpoint(), "the engine's log grows on");
  }
}

void LogUnreadable(EngineTable table, absl::string_view id, absl::string_view why) {
  LogError("a record of engine.db cannot be read: it stays as it is, and what it owns with it",
           {{"table", NameOf(table)}, {"id", id}, {"error", why}});
}

absl::Status CheckReadable(absl::string_view what, absl::string_view why) {
  return why.empty() ? absl::OkStatus()
                     : absl::FailedPreconditionError(absl::StrCat(
                           what, " can only be removed: its record cannot be read: ", why));
}

}  // namespace berth::cri
