// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"

#include "base/protected_paths.h"
#include "proto/runtime/v1/api.pb.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

// The lists of the request, which replace ours even when they are empty; ours when there is no
// security context at all. None for a privileged container. InvalidArgument for a path that is not
// absolute.
absl::StatusOr<ProtectedPaths> PlanProtectedPaths(const v1::LinuxContainerConfig& config);

}  // namespace berth::runtime
