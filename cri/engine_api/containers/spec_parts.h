// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/json.h"
#include "cri/engine_api/containers/container_spec.h"

// The parts of HostConfig that have a language of their own. Pure; InvalidArgument names what is
// wrong.
namespace berth::cri {

// Binds, Mounts and Tmpfs.
absl::StatusOr<std::vector<MountSpec>> ParseMounts(const Json& host_config);

// An entry of Mounts.
absl::StatusOr<MountSpec> ParseLongMount(const Json& json);

inline constexpr size_t kMaxDeviceCgroupRules = 256;

// Devices, DeviceCgroupRules, DeviceRequests and Ulimits.
absl::Status ParseDevices(const Json& host_config, ContainerSpec& spec);

// LogConfig.
absl::StatusOr<LogSpec> ParseLog(const Json& log);

}  // namespace berth::cri
