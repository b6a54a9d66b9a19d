// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"

#include "runtime/cgroup/cgroup.h"
#include "runtime/spec/host_facts.h"

namespace berth::runtime {

// Reads what HostFacts holds from /proc, /sys and the hierarchies; once, at start.
absl::StatusOr<HostFacts> FindHostFacts(const CgroupHierarchies& hierarchies);

// Pure: how a container sees the hierarchies below its own /sys/fs/cgroup.
void PlanCgroupMounts(const CgroupHierarchies& hierarchies, HostFacts& facts);

}  // namespace berth::runtime
