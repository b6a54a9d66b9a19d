// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/cgroup/cgroup.h"
#include "runtime/spec/host_facts.h"

namespace berth::runtime {

class PodRuntime;

// Reads what HostFacts holds from /proc, /sys and the hierarchies; once, at start.
absl::StatusOr<HostFacts> FindHostFacts(const CgroupHierarchies& hierarchies);

// Where containers have SELinux labels: gives the layers of images the one that all of them may
// read, as LabelOwn. An overlay's own label is not enough: mprotect(2) asks for that of the file
// in the layer.
absl::Status LabelLayers(const HostFacts& facts, const std::string& directory);
// By the facts of a runtime that PodRuntime::Create has made.
absl::Status LabelLayers(PodRuntime& runtime, const std::string& directory);

// Pure: what a policy's lxc_contexts says of containers, lines of `process = "…"`, `file = "…"` and
// `ro_file = "…"`.
void ReadSelinuxContexts(absl::string_view text, HostFacts& facts);

// Pure: how a container sees the hierarchies below its own /sys/fs/cgroup.
void PlanCgroupMounts(const CgroupHierarchies& hierarchies, HostFacts& facts);

}  // namespace berth::runtime
