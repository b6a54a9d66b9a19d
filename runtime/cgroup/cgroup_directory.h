// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

// One cgroup's directory in one hierarchy: `mount_point` and, below it, `path` ("/a/b"). Parents
// that we make carry an extended attribute, by which they are known as ours when the last child
// goes.
namespace berth::runtime {

// How long a removal waits for processes that are dying to leave (v1 tells nobody when they have).
inline constexpr absl::Duration kRemoveGrace = absl::Seconds(2);

enum class HierarchyKind {
  kV1,
  kV1Cpuset,  // a new directory gets its parent's CPUs and memory nodes
  kUnified,
};

// Makes the directory and its missing parents. Returns whether it was made: an existing one is
// success.
absl::StatusOr<bool> EnsureCgroupDirectory(const std::string& mount_point, const std::string& path,
                                           HierarchyKind kind);

// Removes the directory and those below, then the parents that we made and that are empty. Absence
// is success.
absl::Status RemoveCgroupDirectory(const std::string& mount_point, const std::string& path);

// Makes the controllers available in the directory of a cgroup2, by writing cgroup.subtree_control
// of those above it, from the top, where something is missing. Controllers that the root lacks are
// left out.
absl::Status EnableControllers(const std::string& mount_point, const std::string& path,
                               const std::vector<std::string>& controllers);

}  // namespace berth::runtime
