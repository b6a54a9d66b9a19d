// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "proto/runtime/v1/api.pb.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

struct ProtectedPaths {
  std::vector<std::string> masked;
  std::vector<std::string> read_only;
};

// The lists of the request, which replace ours even when they are empty; ours when there is no
// security context at all. None for a privileged container. InvalidArgument for a path that is not
// absolute.
absl::StatusOr<ProtectedPaths> PlanProtectedPaths(const v1::LinuxContainerConfig& config);

// What a container must not see or change of /proc and /sys. For clients that build a request.
const ProtectedPaths& DefaultProtectedPaths();

}  // namespace berth::runtime
