// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/spec/devices.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

// The CRI's limits as a cgroup's. Zero and empty fields stay unset ("leave as it is"). A memory
// limit without a swap limit means no swap. InvalidArgument for values that no kernel takes. Pure.
absl::StatusOr<CgroupResources> ToCgroupResources(const v1::LinuxContainerResources& resources);

// `applied` with the fields of `update` that are set: what a container's status reports after an
// update. Pure.
v1::LinuxContainerResources MergeResources(const v1::LinuxContainerResources& applied,
                                           const v1::LinuxContainerResources& update);

// The rules of a planned launch as the cgroup takes them. Pure.
std::vector<DeviceRule> ToDeviceRules(const std::vector<DeviceAccess>& access);

}  // namespace berth::runtime
