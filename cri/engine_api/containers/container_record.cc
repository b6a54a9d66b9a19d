// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_record.h"

#include <iterator>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/container_roots.h"
#include "cri/engine_api/containers/container_mounts.h"
#include "cri/engine_api/engine_database.h"
#include "cri/engine_api/json_fields.h"

namespace berth::cri {
namespace {

constexpr absl::string_view kNames[] = {"created",    "running", "paused",
                                        "restarting", "exited",  "dead"};

Json FormatState(const EngineState& state) {
  return {{"status", std::string(NameOf(state.status))},
          {"pod_id", state.pod_id},
          {"started_at", state.started_at},
          {"finished_at", state.finished_at},
          {"exit_code", state.exit_code},
          {"error", state.error},
          {"oom_killed", state.oom_killed},
          {"attempt", state.attempt},
          {"restart_count", state.restart_count},
          {"stopped_by_user", state.stopped_by_user},
          {"paused_by_commit", state.paused_by_commit},
          {"health", FormatHealth(state.health)}};
}

EngineState ParseState(JsonFields& fields) {
  EngineState state;
  const std::string status = fields.Text("status");
  const auto* const known = std::find(std::begin(kNames), std::end(kNames), status);
  if (known == std::end(kNames) || status == NameOf(EngineStatus::kDead)) {
    fields.Note(absl::InvalidArgumentError(
        absl::StrCat(fields.PathOf("status"), ": unknown: \"", status, "\"")));
    return state;
  }
  state.status = static_cast<EngineStatus>(known - std::begin(kNames));
  state.pod_id = fields.Text("pod_id");
  state.started_at = fields.Integer("started_at");
  state.finished_at = fields.Integer("finished_at");
  state.exit_code = static_cast<int32_t>(fields.Integer("exit_code"));
  state.error = fields.Text("error");
  state.oom_killed = fields.Flag("oom_killed");
  state.attempt = static_cast<uint32_t>(fields.Integer("attempt"));
  state.restart_count = fields.Integer("restart_count");
  state.stopped_by_user = fields.Flag("stopped_by_user");
  state.paused_by_commit = fields.Flag("paused_by_commit");
  state.health = ParseHealthState(fields.Object("health"));
  return state;
}

// Null unless all of them can be read.
Json ReadableMounts(const Json& record) {
  JsonFields fields(record);
  const Json& mounts = fields.Array("mounts");
  return fields.status().ok() && ReadMounts(mounts).size() == mounts.size() ? mounts : Json();
}

// As far as it can be read, and the first reason why not all of it could.
absl::Status ReadRecord(const Json& json, EngineContainerRecord& record) {
  JsonFields fields(json);
  record.name = fields.Text("name");
  record.image_id = fields.Text("image_id");
  record.created_at = fields.Integer("created_at");
  record.processes = fields.Text("processes");
  record.config = fields.Object("config");
  record.host_config = fields.Object("host_config");
  record.mounts = ReadableMounts(json);
  if (record.mounts.is_null()) {
    fields.Note(absl::InvalidArgumentError("mounts: not all of them can be read"));
  }
  JsonFields state(fields.Object("state"), "state");
  record.state = ParseState(state);
  fields.Note(state.status());
  if (record.name.empty()) {
    fields.Note(absl::InvalidArgumentError("name: there is none"));
  }
  return fields.status();
}

}  // namespace

absl::string_view NameOf(EngineStatus status) {
  return kNames[static_cast<size_t>(status)];
}

Json FormatRecord(const EngineContainerRecord& record) {
  return {{"name", record.name},
          {"image_id", record.image_id},
          {"created_at", record.created_at},
          {"config", record.config},
          {"host_config", record.host_config},
          {"mounts", record.mounts},
          {"processes", record.processes},
          {"state", FormatState(record.state)}};
}

EngineContainerRecord DeadRecord(const EngineContainerRecord& record, absl::string_view why) {
  EngineContainerRecord dead;
  dead.id = record.id;
  dead.name = record.name;
  dead.image_id = record.image_id;
  dead.created_at = record.created_at;
  dead.config = dead.host_config = Json::object();
  dead.mounts = record.mounts;
  dead.state.status = EngineStatus::kDead;
  dead.state.error = std::string(why);
  return dead;
}

EngineContainerRecord ParseRecord(const std::string& id, const absl::StatusOr<Json>& json) {
  EngineContainerRecord record;
  record.id = id;
  absl::Status read = json.status();
  if (json.ok()) {
    read = ReadRecord(*json, record);
  }
  return read.ok() ? record : DeadRecord(record, read.message());
}

absl::Status CheckAlive(const EngineContainerRecord& record) {
  return CheckReadable(absl::StrCat("the container ", record.id),
                       record.state.dead() ? record.state.error : "");
}

std::string EngineRootKey(absl::string_view container_id) {
  return absl::StrCat(kEngineRootOwner, container_id);
}

std::string RootKeyOf(const EngineContainerRecord& record) {
  return record.of_pod ? record.id : EngineRootKey(record.id);
}

}  // namespace berth::cri
