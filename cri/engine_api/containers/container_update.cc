// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_update.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/status.h"
#include "cri/engine_api/containers/container_spec.h"
#include "cri/engine_api/containers/restart_policy.h"

namespace berth::cri {
namespace {

constexpr char kPidsLimit[] = "PidsLimit";
constexpr absl::string_view kLimits[] = {
    "BlkioWeight", "CpuPeriod",         "CpuQuota",   "CpuShares", "CpusetCpus", "CpusetMems",
    "Memory",      "MemoryReservation", "MemorySwap", "NanoCpus",  "PidsLimit"};
// That Docker has for a container that runs, and we have not.
constexpr absl::string_view kWithoutEffect[] = {"CpuRealtimePeriod", "CpuRealtimeRuntime"};

template <size_t kSize>
bool Has(const absl::string_view (&keys)[kSize], absl::string_view key) {
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

bool IsSet(const Json& value) {
  return !value.is_null() && value != 0 && value != "" && value != false && !value.empty();
}

}  // namespace

absl::StatusOr<Json> UpdatedHostConfig(const EngineContainerRecord& record, const Json& changes) {
  Json host_config = record.host_config;
  for (const auto& [key, value] : changes.items()) {
    if (IsSet(value) && Has(kWithoutEffect, key)) {
      return absl::UnimplementedError(absl::StrCat("an update of ", key, " is not supported"));
    }
    if (IsSet(value) && Has(kLimits, key)) {
      host_config[key] = value;
    }
    if (key == kPidsLimit && value == 0) {
      host_config[key] = -1;
    }
  }
  const Json& policy = JsonObject(changes, "RestartPolicy");
  RETURN_IF_ERROR(ParseRestartPolicy(policy).status());
  // Docker's client sends one without a name where nothing is said.
  if (!JsonString(policy, "Name").value_or("").empty()) {
    host_config["RestartPolicy"] = policy;
  }
  ASSIGN_OR_RETURN(const ContainerSpec spec, ParseContainerSpec(record.config, host_config));
  RETURN_IF_ERROR(CheckBlockWeight(spec.kernel_limits.block_weight));
  return host_config;
}

}  // namespace berth::cri
