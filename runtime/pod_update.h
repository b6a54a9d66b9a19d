// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "absl/status/status.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {

// The contract is PodRuntime::UpdatePodResources.
absl::Status UpdatePodResources(RuntimeContext& context, const Call& call,
                                const std::shared_ptr<Pod>& pod,
                                const v1::LinuxContainerResources& overhead,
                                const v1::LinuxContainerResources& resources);

// What the pod as a whole may use: CPU and memory of its containers and, where they are limited,
// the overhead on top. Pure.
v1::LinuxContainerResources SumOf(const v1::LinuxContainerResources& overhead,
                                  const v1::LinuxContainerResources& resources);

}  // namespace berth::runtime
