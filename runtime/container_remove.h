// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "absl/status/status.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {

// The contract is PodRuntime::RemoveContainer.
absl::Status RemoveContainer(RuntimeContext& context, const Call& call,
                             const std::shared_ptr<Container>& container);

}  // namespace berth::runtime
