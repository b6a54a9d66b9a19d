// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

#include "runtime/checkpoint/saved_container.h"
#include "runtime/plan/launch_plan.h"

namespace berth::runtime {

inline constexpr char kCriuRestoreLog[] = "restore.log";

// How the shim starts a saved container by CRIU, given the `plan` of the new request. `directory`
// has what the dump has left, and gets the log and the pid file; `stage` is the pod's root
// directory, where the shim puts the mounts. The container's first process becomes a child of the
// shim itself: it is to die with its parent, and CRIU ends at once. Pure.
ProgramPlan PlanRestore(const std::string& criu, const std::string& directory,
                        absl::string_view stage, const SavedContainer& saved,
                        const LaunchPlan& plan);

}  // namespace berth::runtime
