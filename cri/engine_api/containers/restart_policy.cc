// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/restart_policy.h"

#include <algorithm>
#include <set>
#include <utility>

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

std::vector<EngineContainerRecord> AwaitedBy(const EngineContainerRecord& record, FindRecord find) {
  std::vector<EngineContainerRecord> others;
  for (const std::string& name : StartsAfter(record)) {
    absl::StatusOr<EngineContainerRecord> other = find(name);
    if (other.ok() && other->id != record.id && other->state.status == EngineStatus::kRestarting) {
      others.push_back(*std::move(other));
    }
  }
  return others;
}

// By way of others, too.
bool Awaits(const EngineContainerRecord& record, const std::string& id, FindRecord find) {
  std::set<std::string> seen;
  std::vector<EngineContainerRecord> left = {record};
  while (!left.empty()) {
    const EngineContainerRecord each = std::move(left.back());
    left.pop_back();
    for (EngineContainerRecord& other : AwaitedBy(each, find)) {
      if (other.id == id) {
        return true;
      }
      if (seen.insert(other.id).second) {
        left.push_back(std::move(other));
      }
    }
  }
  return false;
}

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

std::string AwaitedOther(const EngineContainerRecord& record, FindRecord find) {
  const std::vector<EngineContainerRecord> others = AwaitedBy(record, find);
  const auto found = std::find_if(
      others.begin(), others.end(),
      [&](const EngineContainerRecord& other) { return !Awaits(other, record.id, find); });
  return found == others.end() ? "" : found->name;
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
