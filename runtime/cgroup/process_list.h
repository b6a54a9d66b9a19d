// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace berth::runtime {

inline constexpr int kMaxCgroupDepth = 64;  // below a container's own; it may make cgroups in there

// Adds the directory and all below it, parents before children; nothing when it is gone.
// ResourceExhausted when they are deeper than kMaxCgroupDepth.
absl::Status AppendDirectories(const std::string& directory, std::vector<std::string>& directories);

// Adds the processes in the directory and below, each at least once; none when it is gone.
absl::Status AppendProcesses(const std::string& directory, std::vector<int>& processes);

// Pure: the numbers of cgroup.procs. Processes that have none in our PID namespace (0) are left
// out.
void ParseProcesses(absl::string_view text, std::vector<int>& processes);

}  // namespace berth::runtime
