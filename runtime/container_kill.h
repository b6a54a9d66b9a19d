// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {

// SIGKILLs every process of a running container and waits until its exit is on record. The shim is
// asked first, since it knows the exit code; when it does not answer the cgroup is killed and the
// exit made up. DeadlineExceeded when something cannot be killed in time. OK when nothing runs.
absl::Status KillContainer(RuntimeContext& context, const Call& call,
                           const std::shared_ptr<Container>& container);

// Kills the container at that time, unless its stop request says later, and again with growing
// pauses until it is gone, on the agenda of kills. Outlives the caller.
void ScheduleKill(RuntimeContext& context, const std::shared_ptr<Container>& container,
                  absl::Time at);

}  // namespace berth::runtime
