// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_json.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/path.h"
#include "base/protected_paths.h"
#include "base/time_text.h"
#include "cri/engine_api/containers/container_spec.h"
#include "cri/engine_api/networks/network.h"
#include "cri/engine_api/system_facts.h"

namespace berth::cri {
namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr int64_t kUsualShmSize = 64 << 20;  // what a pod has

std::vector<std::string> CommandOf(const Json& config) {
  std::vector<std::string> words;
  for (const char* name : {"Entrypoint", "Cmd"}) {
    for (const Json& word : JsonArray(config, name)) {
      words.push_back(word.is_string() ? word.get<std::string>() : "");
    }
  }
  return words;
}

Json StateJson(const EngineState& state, int pid) {
  Json json = {{"Status", std::string(NameOf(state.status))},
               {"Running", state.running() || state.status == EngineStatus::kRestarting},
               {"Paused", state.paused()},
               {"Restarting", state.status == EngineStatus::kRestarting},
               {"OOMKilled", state.oom_killed},
               {"Dead", state.dead()},
               {"Pid", pid},
               {"ExitCode", state.exit_code},
               {"Error", state.error},
               {"StartedAt", TimeText(state.started_at)},
               {"FinishedAt", TimeText(state.finished_at)}};
  if (Json health = HealthJson(state.health); !health.is_null()) {
    json["Health"] = std::move(health);
  }
  return json;
}

std::string NetworkOf(const EngineContainerRecord& record) {
  return NetworkOfMode(JsonString(record.host_config, "NetworkMode").value_or(""));
}

bool IsSaid(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && !found->is_null() && *found != "" && *found != 0;
}

// With what is in force where nothing was said.
Json ToldHostConfig(const EngineContainerRecord& record) {
  Json told = record.host_config;
  const auto complete = [](Json& object, const char* name, Json value) {
    if (!object.is_object()) {
      object = Json::object();
    }
    if (!IsSaid(object, name)) {
      object[name] = std::move(value);
    }
  };
  complete(told, "CgroupnsMode", "private");
  complete(told, "Runtime", kOwnRuntime);
  complete(told, "ShmSize", kUsualShmSize);
  complete(told["RestartPolicy"], "Name", "no");
  complete(told["RestartPolicy"], "MaximumRetryCount", 0);
  complete(told["LogConfig"], "Type", "json-file");
  complete(told["LogConfig"], "Config", Json::object());
  told["NetworkMode"] = NetworkOf(record);
  if (const int64_t memory = JsonInteger(told, "Memory").value_or(0); memory > 0) {
    complete(told, "MemorySwap", UsualSwap(memory));
  }
  if (!JsonFlag(told, "Privileged")) {
    const ProtectedPaths& usual = DefaultProtectedPaths();
    complete(told, "MaskedPaths", usual.masked);
    complete(told, "ReadonlyPaths", usual.read_only);
  }
  return told;
}

std::string HealthText(HealthStatus status) {
  switch (status) {
    case HealthStatus::kNone:
      return "";
    case HealthStatus::kStarting:
      return " (health: starting)";
    case HealthStatus::kHealthy:
    case HealthStatus::kUnhealthy:
      break;
  }
  return absl::StrCat(" (", NameOf(status), ")");
}

}  // namespace

std::string StatusText(const EngineState& state, absl::Time now) {
  const auto since = [now](int64_t at) { return HumanDuration(now - absl::FromUnixNanos(at)); };
  switch (state.status) {
    case EngineStatus::kCreated:
      return "Created";
    case EngineStatus::kRunning:
      return absl::StrCat("Up ", since(state.started_at), HealthText(state.health.status));
    case EngineStatus::kPaused:
      return absl::StrCat("Up ", since(state.started_at), " (Paused)");
    case EngineStatus::kRestarting:
      return absl::StrCat("Restarting (", state.exit_code, ") ", since(state.finished_at), " ago");
    case EngineStatus::kDead:
      return "Dead";
    case EngineStatus::kExited:
      break;
  }
  return absl::StrCat("Exited (", state.exit_code, ") ", since(state.finished_at), " ago");
}

Json ContainerDetails(const EngineContainerRecord& record, const LiveFacts& live) {
  std::vector<std::string> command = CommandOf(record.config);
  const std::string path = command.empty() ? "" : command.front();
  if (!command.empty()) {
    command.erase(command.begin());
  }
  const auto in_etc = [&live](const char* name) {
    return live.etc.empty() ? "" : JoinPath(live.etc, name);
  };
  return {{"Id", record.id},
          {"Created", TimeText(record.created_at)},
          {"Path", path},
          {"Args", command},
          {"State", StateJson(record.state, live.pid)},
          {"Image", record.image_id},
          {"ResolvConfPath", in_etc("resolv.conf")},
          {"HostnamePath", in_etc("hostname")},
          {"HostsPath", in_etc("hosts")},
          {"LogPath", live.log_path},
          {"Name", "/" + record.name},
          {"RestartCount", record.state.restart_count},
          {"Driver", kStorageDriver},
          {"Platform", "linux"},
          {"MountLabel", ""},
          {"ProcessLabel", ""},
          {"AppArmorProfile", ""},
          {"ExecIDs", live.exec_ids.empty() ? Json() : Json(live.exec_ids)},
          {"HostConfig", ToldHostConfig(record)},
          {"GraphDriver", {{"Name", kStorageDriver}, {"Data", nullptr}}},
          {"Mounts", live.mounts},
          {"Config", record.config},
          {"NetworkSettings", live.networks}};
}

Json ContainerSummary(const EngineContainerRecord& record, const LiveFacts& live, absl::Time now) {
  return {{"Id", record.id},
          {"Names", {"/" + record.name}},
          {"Image", JsonString(record.config, "Image").value_or("")},
          {"ImageID", record.image_id},
          {"Command", absl::StrJoin(CommandOf(record.config), " ")},
          {"Created", record.created_at / kNanosecondsPerSecond},
          {"Ports", live.ports},
          {"Labels", JsonObject(record.config, "Labels")},
          {"State", std::string(NameOf(record.state.status))},
          {"Status", StatusText(record.state, now)},
          {"HostConfig", {{"NetworkMode", NetworkOf(record)}}},
          {"NetworkSettings", {{"Networks", JsonObject(live.networks, "Networks")}}},
          {"Mounts", live.mounts}};
}

}  // namespace berth::cri
