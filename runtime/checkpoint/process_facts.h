// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/mount_table.h"
#include "runtime/checkpoint/saved_container.h"
#include "runtime/plan/launch_plan.h"

namespace berth::runtime {

// What CRIU must be told of the container whose first process is `pid`: fills namespaces, streams
// and mounts of `saved`, and returns the inode of its network namespace, where it is not ours. The
// container stands still meanwhile; what its paths name is resolved inside its root.
// FailedPrecondition for what cannot be saved, by name.
absl::StatusOr<std::string> ReadProcessFacts(int pid, const LaunchPlan& plan,
                                             SavedContainer& saved);

// Pure: which of a container's mounts are external to it: its volumes, and device files of the
// host. FailedPrecondition for a mount below a volume, and for what CRIU would confuse.
struct VolumeMount {
  int id = -1;  // in the mount table
  std::string destination;
};
absl::StatusOr<std::vector<ExternalMount>> FindExternalMounts(
    const std::vector<MountEntry>& table, const std::vector<VolumeMount>& volumes);

}  // namespace berth::runtime
