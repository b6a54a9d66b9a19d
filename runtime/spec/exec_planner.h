// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/plan/launch_plan.h"

namespace berth::runtime {

// A command inside a running container: with the environment, directory, user, groups,
// capabilities, filter and labels of the container's first process, never more; TERM where there is
// a terminal. InvalidArgument for an empty command or one with a NUL byte.
absl::StatusOr<ExecPlan> PlanExec(absl::string_view container_id, const ProcessPlan& container,
                                  const std::vector<std::string>& command, bool terminal);

}  // namespace berth::runtime
