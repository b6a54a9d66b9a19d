// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/plan/launch_plan.h"
#include "runtime/spec/container_extras.h"
#include "runtime/spec/host_facts.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

inline constexpr size_t kMaxDevices = 4096;  // nodes in one container

struct PlannedDevices {
  std::vector<DevicePlan> nodes;
  std::vector<SymlinkPlan> symlinks;
  std::vector<DeviceAccess> access;
};

// The default nodes (null zero full random urandom tty), the links every /dev has, and the devices
// asked for, then `extra`; a privileged container gets every device of the host. A device asked for
// replaces a default one at the same path. InvalidArgument for bad permissions or paths.
absl::StatusOr<PlannedDevices> PlanDevices(const v1::ContainerConfig& container, HostFiles& host,
                                           const std::vector<ExtraDevice>& extra = {});

}  // namespace berth::runtime
