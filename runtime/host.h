// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/cgroup/cgroup.h"
#include "runtime/spec/host_facts.h"

namespace berth::runtime {

// Reads what HostFacts holds from /proc, /sys and the hierarchies; once, at start.
absl::StatusOr<HostFacts> FindHostFacts(const CgroupHierarchies& hierarchies);

// Pure: what a policy's lxc_contexts says of containers, lines of `process = "…"` and `file = "…"`.
void ReadSelinuxContexts(absl::string_view text, HostFacts& facts);

// Pure: how a container sees the hierarchies below its own /sys/fs/cgroup.
void PlanCgroupMounts(const CgroupHierarchies& hierarchies, HostFacts& facts);

}  // namespace berth::runtime
