// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/plan/launch_plan.h"
#include "runtime/spec/container_image.h"
#include "runtime/spec/exec_command.h"

namespace berth::runtime {

// A command inside a running container: with the environment, directory, user, groups,
// capabilities, filter and labels of the container's first process, never more than the command
// asks for; TERM where there is a terminal. `read_file` reads the container's files, `available`
// are the capabilities that the node can give. InvalidArgument for an empty command, one with a NUL
// byte, a user that is not there and a directory that is not absolute.
absl::StatusOr<ExecPlan> PlanExec(absl::string_view container_id, const ProcessPlan& container,
                                  const ExecCommand& command, bool terminal,
                                  const RootFileReader& read_file, uint64_t available);

}  // namespace berth::runtime
