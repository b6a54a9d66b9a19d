// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/plan/launch_plan.h"
#include "runtime/spec/devices.h"
#include "runtime/spec/host_facts.h"
#include "runtime/spec/seccomp_profile.h"

namespace berth::runtime::oci {

// What a bundle is made of. Borrowed for the call.
struct BundleInputs {
  const LaunchPlan& plan;
  const std::vector<DeviceAccess>& device_access;
  const std::optional<SeccompProfile>& seccomp;  // unset: no filter
  const HostFacts& facts;
  std::string stage;        // directory on which the shim puts root and mounts
  std::string cgroup_path;  // below every hierarchy; exists, with its limits
  IdRange ids = {};         // of the pod's user namespace
};

// The config.json by which an OCI runtime does what the shim would do with the plan. The pod's
// network, IPC and UTS namespaces are those that the runtime is started in; its user namespace, a
// PID namespace that is shared, and what the specification has no words for, is on the stage. Pure.
std::string FormatBundle(const BundleInputs& inputs);

// What hooks of a container that the shim starts by itself read of it: root, process, mounts by
// their sources on the host, devices. `root` is an absolute path. Pure.
std::string FormatHookBundle(const LaunchPlan& plan, const std::string& root);

}  // namespace berth::runtime::oci
