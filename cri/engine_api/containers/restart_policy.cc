// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/restart_policy.h"

#include <algorithm>

#include "absl/strings/strip.h"

#include "cri/engine_api/containers/container_spec.h"
#include "cri/engine_api/containers/legacy_links.h"
#include "cri/engine_api/networks/network.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Minutes(1);
constexpr absl::Duration kLongRun = absl::Seconds(10);
constexpr int64_t kMostDoublings = 10;

}  // namespace

bool ShouldRestart(const EngineContainerRecord& record) {
  const absl::StatusOr<RestartPolicy> policy =
      ParseRestartPolicy(JsonObject(record.host_config, "RestartPolicy"));
  if (!policy.ok() || record.state.stopped_by_user) {
    return false;
  }
  if (policy->name == "on-failure") {
    return record.state.exit_code != 0 &&
           (policy->max_retries == 0 || record.state.restart_count < policy->max_retries);
  }
  return policy->name != "no";
}

bool StartsWithDaemon(const EngineContainerRecord& record) {
  const absl::StatusOr<RestartPolicy> policy =
      ParseRestartPolicy(JsonObject(record.host_config, "RestartPolicy"));
  const bool was_started = record.state.started_at != 0;
  return policy.ok() && was_started && record.state.status == EngineStatus::kExited &&
         (policy->name == "always" ||
          (policy->name == "unless-stopped" && !record.state.stopped_by_user));
}

std::vector<std::string> StartsAfter(const EngineContainerRecord& record) {
  std::vector<std::string> others;
  for (const LegacyLink& link : LegacyLinksOf(record.host_config)) {
    others.push_back(link.name);
  }
  for (const char* field : {"NetworkMode", "PidMode", "IpcMode"}) {
    const std::string mode = JsonString(record.host_config, field).value_or("");
    if (absl::string_view id = mode; absl::ConsumePrefix(&id, kOfContainer)) {
      others.emplace_back(id);
    }
  }
  return others;
}

absl::Duration RestartPause(const EngineContainerRecord& record) {
  const absl::Duration ran = absl::Nanoseconds(record.state.finished_at - record.state.started_at);
  if (ran >= kLongRun && record.state.error.empty()) {
    return kFirstPause;
  }
  const int64_t doublings = std::min(record.state.restart_count, kMostDoublings);
  return std::min(kFirstPause * (int64_t{1} << doublings), kLongestPause);
}

}  // namespace berth::cri
