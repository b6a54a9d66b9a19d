// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/plan/launch_plan.h"
#include "runtime/spec/mounts.h"

namespace berth::runtime {

// The destination of a mount of the request: clean and absolute; a relative one starts at "/".
// InvalidArgument for "/" itself and for a NUL byte.
absl::StatusOr<std::string> CleanDestination(absl::string_view container_path);

// InvalidArgument for a mount over /proc or in it, where programs read what the kernel says of
// them, but for the node's own /proc and the files that lxcfs serves.
absl::Status CheckOutsideProc(const std::string& destination, absl::string_view source);

// One mount of the request: a bind of a path of the host, or a read-only view of an image. Errors
// as PlanMounts.
absl::StatusOr<MountPlan> PlanRequestedMount(const v1::Mount& mount, const MountInputs& inputs);

}  // namespace berth::runtime
