// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"

#include "cri/cli/client.h"
#include "cri/cli/lookup.h"
#include "cri/cli/run_options.h"

namespace berth::cli {

struct RunPlan {
  std::string pod_id;  // to join; empty: a pod of its own
  v1::PodSandboxConfig pod;
  v1::ContainerConfig container;
};

// What is to be made, decided against what there is: a free name is chosen where none was given.
// AlreadyExists when the name is taken, or a host port by a program. Nothing is made yet.
absl::StatusOr<RunPlan> PlanRun(const Client& client, const Inventory& inventory,
                                RunOptions options);

// Of this process, for a pod of that name.
RunSurroundings SurroundingsOf(const std::string& name);

// AlreadyExists when a pod or a container of CRI's has the name.
absl::Status CheckNameIsFree(const Inventory& inventory, const std::string& name);

// Starts a container that has been made, by calling what it is given.
using Begin =
    std::function<absl::Status(const Target&, const std::function<absl::Status()>& start)>;

// Makes it and has `begin` start it. On failure nothing of it is left. The image must be there.
absl::StatusOr<Target> Launch(const Client& client, const RunPlan& plan, const Begin& begin);

// The exit code by which docker tells why a command did not start, from the daemon's message: 127
// when it was not found, 126 when it cannot be executed, else 125. Pure.
int StartFailureCode(absl::string_view message);

// Prints why a container or command did not start; that code.
int TellStartFailure(const absl::Status& status);

}  // namespace berth::cli
