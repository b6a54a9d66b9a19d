// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "runtime/plan/launch_plan.h"
#include "runtime/spec/host_facts.h"
#include "runtime/spec/mounts.h"

namespace berth::runtime {

// What every container has mounted: /proc, /sys, the cgroup file systems, /dev/mqueue, and the
// pod's files, whose empty paths are left out. System file systems are writable for privileged
// containers only, the pod's files unless they or the root are read-only. `mapped` where the pod
// has a user namespace. Pure.
std::vector<MountPlan> DefaultMounts(const HostFacts& facts, const PodFiles& files,
                                     const v1::LinuxContainerSecurityContext& security,
                                     bool mapped = false);

}  // namespace berth::runtime
