// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/status.h"

#include "cri/engine_api/containers/container_spec.h"

// The paths of the host that a container's binds show in it.
namespace berth::cri {

// InvalidArgument, in Docker's words, for a mode that only the other kind of source has, and for a
// bind whose source is not there and is not to be made.
absl::Status CheckBindSources(const std::vector<MountSpec>& mounts);

// Makes those that are to be made and are not there, as directories.
absl::Status MakeBindSources(const std::vector<MountSpec>& mounts);

}  // namespace berth::cri
