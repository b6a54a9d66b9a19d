// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "runtime/cgroup/hierarchies.h"
#include "runtime/cgroup/resources.h"

namespace berth::runtime {

// Makes the writes to the cgroup `path` in their order, one open for each run of the same file. A
// write refused as EINVAL is tried once more after the others, because some values are checked
// against the one that another write replaces (period and quota). Missing optional files are
// skipped. InvalidArgument for values that the kernel does not take, and for other missing files:
// both come from requests (cpuset, unified). In hybrid mode a controller of cgroup2 is enabled when
// it is first written to.
absl::Status WriteControls(const CgroupHierarchies& hierarchies, const std::string& path,
                           const std::vector<CgroupWrite>& writes);

// Writes that bring the controls of `writes` back to what they are now, in the reverse order, in
// which the kernel takes them. What cannot be read, or is not there, is left out, and in a control
// with a line a device so is each device that has none.
std::vector<CgroupWrite> ReadControls(const CgroupHierarchies& hierarchies, const std::string& path,
                                      const std::vector<CgroupWrite>& writes);

}  // namespace berth::runtime
