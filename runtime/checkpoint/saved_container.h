// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/checkpoint/plan_traits.h"

namespace berth::runtime {

inline constexpr size_t kMaxSavedContainer = 4 << 20;
inline constexpr size_t kMaxExternalMounts = 4096;

// A mount that CRIU does not make, but finds: a volume, by its destination in the plan; or the
// host's /dev/null, without a destination.
struct ExternalMount {
  std::string mount_point;  // in the container
  std::string destination;
};

// What a restore must know of a container beside CRIU's images.
struct SavedContainer {
  std::string pod_namespace;  // of Kubernetes
  bool own_network = true;    // a network namespace of the pod's, not the node's
  bool own_ipc = true;
  bool own_uts = true;
  // By what name CRIU knows the container's standard streams: "pipe:[7]", "file[1a:3]".
  std::array<std::string, 3> streams;
  std::vector<ExternalMount> mounts;
  PlanTraits traits;
};

// As it is in the archive, JSON.
std::string FormatSavedContainer(const SavedContainer& saved);

// DataLoss for what the above does not write: it ends up in CRIU's arguments.
absl::StatusOr<SavedContainer> ParseSavedContainer(absl::string_view text);

}  // namespace berth::runtime
