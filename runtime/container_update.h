// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "absl/status/status.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {

// The contract is PodRuntime::UpdateResources: all of it takes effect or nothing does.
absl::Status UpdateResources(RuntimeContext& context, const Call& call,
                             const std::shared_ptr<Container>& container,
                             const v1::LinuxContainerResources& update);

}  // namespace berth::runtime
