// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "runtime/figures.h"
#include "runtime/runtime_context.h"

// What running containers and ready pods use. Nothing here waits for an operation on a pod.
namespace berth::runtime {

// Takes a sample of everyone's CPU time, of which rates are made.
void SampleCpu(RuntimeContext& context);

// The contracts are those of PodRuntime.
absl::StatusOr<ContainerUsage> ReadUsage(RuntimeContext& context, const Container& container);
absl::StatusOr<PodUsage> ReadUsage(RuntimeContext& context, const Pod& pod);
absl::StatusOr<Figures> ReadFigures(RuntimeContext& context, const Container& container);
absl::StatusOr<Figures> ReadFigures(RuntimeContext& context, const Pod& pod);

// Of a running container, in the node's PID namespace; each once.
absl::StatusOr<std::vector<int>> ReadProcesses(RuntimeContext& context, const Container& container);

}  // namespace berth::runtime
