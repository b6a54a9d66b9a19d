// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {

// The contract is PodRuntime::StopContainer. Ends a start in progress. Holds the pod's operation
// lock only to wait for what else goes on, so containers of one pod stop side by side.
absl::Status StopContainer(RuntimeContext& context, const Call& call,
                           const std::shared_ptr<Container>& container, absl::Duration grace);

}  // namespace berth::runtime
