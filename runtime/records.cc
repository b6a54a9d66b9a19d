// SPDX-License-Identifier: Apache-2.0
#include "runtime/records.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/status.h"
#include "runtime/record_fields.h"

namespace berth::runtime {
namespace {

// State has tables of its own, so that a change rewrites no configuration.
constexpr absl::string_view kMigrations[] = {
    R"sql(
      CREATE TABLE pods (
        id TEXT PRIMARY KEY, config BLOB NOT NULL, handler TEXT NOT NULL,
        created_at INTEGER NOT NULL, cgroup TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE pod_states (
        id TEXT PRIMARY KEY, phase INTEGER NOT NULL, version INTEGER NOT NULL,
        shim_pid INTEGER NOT NULL, attached INTEGER NOT NULL, ips TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE containers (
        id TEXT PRIMARY KEY, pod_id TEXT NOT NULL, config BLOB NOT NULL, image TEXT NOT NULL,
        created_at INTEGER NOT NULL, log_path TEXT NOT NULL, uid INTEGER NOT NULL,
        gid INTEGER NOT NULL, groups TEXT NOT NULL, stop_signal INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE container_states (
        id TEXT PRIMARY KEY, phase INTEGER NOT NULL, version INTEGER NOT NULL,
        pid INTEGER NOT NULL, started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL,
        exit_code INTEGER NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE plans (id TEXT PRIMARY KEY, plan BLOB NOT NULL) WITHOUT ROWID;
      CREATE TABLE boot (id INTEGER PRIMARY KEY CHECK (id = 0), boot_id TEXT NOT NULL);
    )sql",
    "ALTER TABLE pods ADD COLUMN extras TEXT NOT NULL DEFAULT '{}'",
};

constexpr absl::string_view kSetPodState =
    "INSERT INTO pod_states VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET phase = excluded.phase, version = excluded.version,"
    " shim_pid = excluded.shim_pid, attached = excluded.attached, ips = excluded.ips"
    " WHERE excluded.version > version";

constexpr absl::string_view kSetContainerState =
    "INSERT INTO container_states VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET phase = excluded.phase, version = excluded.version,"
    " pid = excluded.pid, started_at = excluded.started_at, finished_at = excluded.finished_at,"
    " exit_code = excluded.exit_code, reason = excluded.reason, message = excluded.message"
    " WHERE excluded.version > version";

absl::Status Run(Statement& statement, const std::string& id, const PodState& state) {
  return statement.Bind(1, id)
      .Bind(2, static_cast<int64_t>(state.phase))
      .Bind(3, state.version)
      .Bind(4, int64_t{state.shim_pid})
      .Bind(5, int64_t{state.attached})
      .Bind(6, FormatStrings(state.ips))
      .Run();
}

absl::Status Run(Statement& statement, const std::string& id, const ContainerState& state) {
  return statement.Bind(1, id)
      .Bind(2, static_cast<int64_t>(state.phase))
      .Bind(3, state.version)
      .Bind(4, int64_t{state.pid})
      .Bind(5, state.started_at)
      .Bind(6, state.finished_at)
      .Bind(7, int64_t{state.exit_code})
      .Bind(8, state.reason)
      .Bind(9, state.message)
      .Run();
}

absl::Status Run(Statement& statement, const ContainerRecord& container) {
  return statement.Bind(1, container.id)
      .Bind(2, container.pod_id)
      .BindBlob(3, container.config.SerializeAsString())
      .Bind(4, FormatImage(container.image))
      .Bind(5, container.created_at)
      .Bind(6, container.log_path)
      .Bind(7, int64_t{container.uid})
      .Bind(8, int64_t{container.gid})
      .Bind(9, FormatIds(container.groups))
      .Bind(10, int64_t{container.stop_signal})
      .Run();
}

absl::StatusOr<PodRecord> ReadPod(const Statement& row) {
  PodRecord pod;
  pod.id = row.Text(0);
  if (!pod.config.ParseFromString(row.Text(1))) {
    return absl::DataLossError(absl::StrCat("the record of pod ", pod.id, " does not parse"));
  }
  pod.handler = row.Text(2);
  pod.created_at = row.Integer(3);
  pod.cgroup = row.Text(4);
  pod.state.phase = static_cast<PodPhase>(row.Integer(5));
  pod.state.version = row.Integer(6);
  pod.state.shim_pid = static_cast<int32_t>(row.Integer(7));
  pod.state.attached = row.Integer(8) != 0;
  ASSIGN_OR_RETURN(pod.state.ips, ParseStrings(row.Text(9)));
  ASSIGN_OR_RETURN(pod.extras, ParseExtras(row.Text(10)));
  return pod;
}

absl::StatusOr<ContainerRecord> ReadContainer(const Statement& row) {
  ContainerRecord container;
  container.id = row.Text(0);
  container.pod_id = row.Text(1);
  if (!container.config.ParseFromString(row.Text(2))) {
    return absl::DataLossError(
        absl::StrCat("the record of container ", container.id, " does not parse"));
  }
  ASSIGN_OR_RETURN(container.image, ParseImage(row.Text(3)));
  container.created_at = row.Integer(4);
  container.log_path = row.Text(5);
  container.uid = static_cast<uint32_t>(row.Integer(6));
  container.gid = static_cast<uint32_t>(row.Integer(7));
  ASSIGN_OR_RETURN(container.groups, ParseIds(row.Text(8)));
  container.stop_signal = static_cast<v1::Signal>(row.Integer(9));
  container.state.phase = static_cast<ContainerPhase>(row.Integer(10));
  container.state.version = row.Integer(11);
  container.state.pid = static_cast<int32_t>(row.Integer(12));
  container.state.started_at = row.Integer(13);
  container.state.finished_at = row.Integer(14);
  container.state.exit_code = static_cast<int32_t>(row.Integer(15));
  container.state.reason = row.Text(16);
  container.state.message = row.Text(17);
  return container;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Records>> Records::Open(const std::string& path) {
  ASSIGN_OR_RETURN(Database database, Database::Open(path, Durability::kProcess, kMigrations));
  return std::unique_ptr<Records>(new Records(std::move(database)));
}

absl::StatusOr<Statement*> Records::Prepared(absl::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    ASSIGN_OR_RETURN(Statement statement, database_.Prepare(sql));
    found = statements_.emplace(std::string(sql), std::move(statement)).first;
  }
  return &found->second;
}

absl::Status Records::AddPod(const PodRecord& pod) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(database_.CheckRoom());
  NoteChange();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  ASSIGN_OR_RETURN(Statement * insert, Prepared("INSERT INTO pods VALUES (?, ?, ?, ?, ?, ?)"));
  RETURN_IF_ERROR(insert->Bind(1, pod.id)
                      .BindBlob(2, pod.config.SerializeAsString())
                      .Bind(3, pod.handler)
                      .Bind(4, pod.created_at)
                      .Bind(5, pod.cgroup)
                      .Bind(6, FormatExtras(pod.extras))
                      .Run());
  ASSIGN_OR_RETURN(Statement * set_state, Prepared(kSetPodState));
  RETURN_IF_ERROR(Run(*set_state, pod.id, pod.state));
  return transaction.Commit();
}

absl::Status Records::SetPodState(const std::string& id, const PodState& state) {
  absl::MutexLock lock(&mutex_);
  NoteChange();
  ASSIGN_OR_RETURN(Statement * set_state, Prepared(kSetPodState));
  return Run(*set_state, id, state);
}

absl::Status Records::SetPodConfig(const std::string& id, const v1::PodSandboxConfig& config) {
  absl::MutexLock lock(&mutex_);
  NoteChange();
  ASSIGN_OR_RETURN(Statement * update, Prepared("UPDATE pods SET config = ? WHERE id = ?"));
  return update->BindBlob(1, config.SerializeAsString()).Bind(2, id).Run();
}

absl::Status Records::RemovePod(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  NoteChange();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  for (absl::string_view sql : {
           "DELETE FROM plans WHERE id IN (SELECT id FROM containers WHERE pod_id = ?)",
           "DELETE FROM container_states WHERE id IN (SELECT id FROM containers WHERE pod_id = ?)",
           "DELETE FROM containers WHERE pod_id = ?",
           "DELETE FROM pod_states WHERE id = ?",
           "DELETE FROM pods WHERE id = ?",
       }) {
    ASSIGN_OR_RETURN(Statement * remove, Prepared(sql));
    RETURN_IF_ERROR(remove->Bind(1, id).Run());
  }
  return transaction.Commit();
}

absl::Status Records::AddContainer(const ContainerRecord& container, absl::string_view plan) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(database_.CheckRoom());
  NoteChange();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  ASSIGN_OR_RETURN(Statement * insert,
                   Prepared("INSERT INTO containers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  RETURN_IF_ERROR(Run(*insert, container));
  ASSIGN_OR_RETURN(Statement * set_state, Prepared(kSetContainerState));
  RETURN_IF_ERROR(Run(*set_state, container.id, container.state));
  ASSIGN_OR_RETURN(Statement * add_plan, Prepared("INSERT INTO plans VALUES (?, ?)"));
  RETURN_IF_ERROR(add_plan->Bind(1, container.id).BindBlob(2, plan).Run());
  return transaction.Commit();
}

absl::Status Records::SetContainerState(const std::string& id, const ContainerState& state) {
  absl::MutexLock lock(&mutex_);
  NoteChange();
  ASSIGN_OR_RETURN(Statement * set_state, Prepared(kSetContainerState));
  return Run(*set_state, id, state);
}

absl::Status Records::SetContainerConfig(const std::string& id, const v1::ContainerConfig& config) {
  absl::MutexLock lock(&mutex_);
  NoteChange();
  ASSIGN_OR_RETURN(Statement * update, Prepared("UPDATE containers SET config = ? WHERE id = ?"));
  return update->BindBlob(1, config.SerializeAsString()).Bind(2, id).Run();
}

absl::Status Records::RemoveContainer(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  NoteChange();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  for (absl::string_view sql :
       {"DELETE FROM plans WHERE id = ?", "DELETE FROM container_states WHERE id = ?",
        "DELETE FROM containers WHERE id = ?"}) {
    ASSIGN_OR_RETURN(Statement * remove, Prepared(sql));
    RETURN_IF_ERROR(remove->Bind(1, id).Run());
  }
  return transaction.Commit();
}

absl::StatusOr<std::string> Records::ReadPlan(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(Statement * select, Prepared("SELECT plan FROM plans WHERE id = ?"));
  select->Bind(1, id);
  ASSIGN_OR_RETURN(bool found, select->Step());
  if (!found) {
    return absl::InternalError(absl::StrCat("container ", id, " has no plan on record"));
  }
  std::string plan = select->Text(0);
  ASSIGN_OR_RETURN(bool more, select->Step());  // resets the statement
  (void)more;
  return plan;
}

absl::StatusOr<std::vector<PodRecord>> Records::Pods() {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(
          "SELECT id, config, handler, created_at, cgroup, phase, version, shim_pid,"
          " attached, ips, extras FROM pods JOIN pod_states USING (id) ORDER BY created_at"));
  std::vector<PodRecord> pods;
  while (true) {
    ASSIGN_OR_RETURN(bool found, select.Step());
    if (!found) {
      return pods;
    }
    ASSIGN_OR_RETURN(PodRecord pod, ReadPod(select));
    pods.push_back(std::move(pod));
  }
}

absl::StatusOr<std::vector<ContainerRecord>> Records::Containers() {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(
          "SELECT id, pod_id, config, image, created_at, log_path, uid, gid, groups, stop_signal,"
          " phase, version, pid, started_at, finished_at, exit_code, reason, message"
          " FROM containers JOIN container_states USING (id) ORDER BY created_at"));
  std::vector<ContainerRecord> containers;
  while (true) {
    ASSIGN_OR_RETURN(bool found, select.Step());
    if (!found) {
      return containers;
    }
    ASSIGN_OR_RETURN(ContainerRecord container, ReadContainer(select));
    containers.push_back(std::move(container));
  }
}

absl::StatusOr<std::string> Records::BootId() {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(Statement select, database_.Prepare("SELECT boot_id FROM boot"));
  ASSIGN_OR_RETURN(bool found, select.Step());
  return found ? select.Text(0) : std::string();
}

absl::Status Records::SetBootId(absl::string_view boot_id) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(Statement replace,
                   database_.Prepare("INSERT OR REPLACE INTO boot VALUES (0, ?)"));
  return replace.Bind(1, boot_id).Run();
}

void Records::NoteChange() {
  ++activity_.changes;
  activity_.last = SteadyNow();
}

Records::Activity Records::activity() const {
  absl::MutexLock lock(&mutex_);
  return activity_;
}

absl::Status Records::Checkpoint() {
  absl::MutexLock lock(&mutex_);
  return database_.Checkpoint();
}

absl::Status CheckpointRecords(const std::string& path) {
  ASSIGN_OR_RETURN(Database database, Database::Open(path, Durability::kProcess, kMigrations));
  return database.Checkpoint();
}

}  // namespace berth::runtime
