// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_update.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/string_view.h"

#include "base/status.h"
#include "cri/engine_api/containers/container_spec.h"
#include "cri/engine_api/containers/restart_policy.h"

namespace berth::cri {
namespace {

constexpr absl::string_view kLimits[] = {
    "BlkioWeight", "CpuPeriod",         "CpuQuota",   "CpuShares", "CpusetCpus", "CpusetMems",
    "Memory",      "MemoryReservation", "MemorySwap", "NanoCpus",  "PidsLimit"};

bool IsLimit(absl::string_view key) {
  return std::find(std::begin(kLimits), std::end(kLimits), key) != std::end(kLimits);
}

}  // namespace

absl::StatusOr<Json> UpdatedHostConfig(const EngineContainerRecord& record, const Json& changes) {
  Json host_config = record.host_config;
  for (const auto& [key, value] : changes.items()) {
    const bool is_set = !value.is_null() && value != 0 && value != "" && !value.empty();
    if (is_set && IsLimit(key)) {
      host_config[key] = value;
    }
  }
  if (const Json& policy = JsonObject(changes, "RestartPolicy"); !policy.empty()) {
    RETURN_IF_ERROR(ParseRestartPolicy(policy).status());
    host_config["RestartPolicy"] = policy;
  }
  RETURN_IF_ERROR(ParseContainerSpec(record.config, host_config).status());
  return host_config;
}

}  // namespace berth::cri
