// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace berth::runtime {

// The same cgroup's directories that matter for ending its processes; empty where there is none.
struct CgroupToKill {
  std::string unified;    // of cgroup2
  std::string processes;  // of a hierarchy of v1, to list processes
  std::string freezer;    // of v1's freezer
};

// SIGKILLs everything inside and below until it is empty. OK when it is gone. DeadlineExceeded when
// something still lives at the deadline. At least one attempt is made, whatever the deadline.
absl::Status KillCgroup(const CgroupToKill& cgroup, absl::Time deadline);

absl::StatusOr<bool> IsCgroupEmpty(const CgroupToKill& cgroup);

// Each process once.
absl::StatusOr<std::vector<int>> ProcessesOf(const CgroupToKill& cgroup);

}  // namespace berth::runtime
