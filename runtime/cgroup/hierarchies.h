// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::runtime {

enum class CgroupMode { kV1, kHybrid, kUnified };

// Who makes the cgroup of a pod: we, or systemd, which is asked for a scope (systemd_scope.h).
enum class CgroupDriver { kCgroupfs, kSystemd };

// A mounted hierarchy of version 1 with all its controllers, or a named one.
struct CgroupV1Hierarchy {
  std::string mount_point;
  std::vector<std::string> options;  // cpu, cpuacct; or name=systemd
};

// The node's cgroup hierarchies, found once at start.
struct CgroupHierarchies {
  CgroupMode mode = CgroupMode::kUnified;
  std::string unified;  // mount point of cgroup2; empty when there is none
  // v1: controller (or "name=systemd") to mount point; v2: every controller to `unified`. Hybrid:
  // v1's controllers, and with `unified` those that cgroup2 has.
  std::map<std::string, std::string> controllers;
  std::vector<CgroupV1Hierarchy> v1_hierarchies;  // each mount point once

  bool v1() const { return mode != CgroupMode::kUnified; }
  // True when the controller's files are those of version 2.
  bool IsUnified(absl::string_view controller) const;
};

// Pure: from the text of /proc/self/mountinfo and of cgroup2's cgroup.controllers. Only the first
// mount of a hierarchy counts, and only whole ones (not bind mounts of a part).
CgroupHierarchies ParseHierarchies(absl::string_view mountinfo,
                                   absl::string_view unified_controllers);

// FailedPrecondition when there is no cgroup hierarchy with the memory controller. The named
// hierarchy of systemd is left out where systemd does not run.
absl::StatusOr<CgroupHierarchies> FindHierarchies();

// Whether systemd is the node's init.
bool SystemdRuns();

}  // namespace berth::runtime
