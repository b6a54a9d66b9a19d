// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {

// Makes a container and returns its id; the contract is PodRuntime::CreateContainer. Runs as work
// of a SingleFlight. What may block on the host's file systems (the planning) happens
// without the pod's operation lock.
absl::StatusOr<std::string> CreateContainer(RuntimeContext& context, const Call& call,
                                            const std::shared_ptr<Pod>& pod,
                                            const ContainerRequest& request);

// What is wrong with the request as far as it can be planned; nothing is made.
absl::Status CheckContainer(RuntimeContext& context, const Call& call, const Pod& pod,
                            const ContainerRequest& request);

}  // namespace berth::runtime
