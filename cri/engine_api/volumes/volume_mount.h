// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "cri/engine_api/volumes/volume.h"

namespace berth::cri {

// What lies over a volume's directory while it is in use, as mount(8) would be told.
struct VolumeMount {
  std::string type;  // of a new filesystem; unused when it binds
  std::string device;
  bool binds = false;  // `device` is a path of the host
  bool recursive = false;
  uint64_t attributes = 0;                                   // MOUNT_ATTR_*
  std::vector<std::pair<std::string, std::string>> options;  // an empty value: a flag

  bool operator==(const VolumeMount&) const = default;
};

// Reads the options of Docker's driver `local`: type, device and o, which name a mount together.
// Nothing without options. InvalidArgument, in Docker's words, for others, for one that is missing,
// and for a quota (size), which no filesystem of ours has. Pure.
absl::StatusOr<std::optional<VolumeMount>> PlanVolumeMount(const StringMap& options);

}  // namespace berth::cri
