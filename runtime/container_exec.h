// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "base/sys/pipe.h"
#include "runtime/process_session.h"
#include "runtime/runtime_context.h"
#include "runtime/spec/exec_command.h"

namespace berth::runtime {

// The contract is PodRuntime::Exec. Takes no lock. When the call ends before the command executes,
// it is killed, which is waited for while there is a caller. SilentShim soon where that is.
absl::StatusOr<std::unique_ptr<ProcessSession>> StartExec(RuntimeContext& context, const Call& call,
                                                          const Container& container,
                                                          const ExecCommand& command,
                                                          const StreamChoice& streams);

// Unavailable: the container's shim is there, but answers nobody.
absl::Status SilentShim(const Container& container);

// Waits until nobody holds the other ends of `pipes` (-1: none) any more: processes that are being
// killed may take some seconds to end.
void AwaitRelease(std::span<const int> pipes);

// FailedPrecondition unless the container runs. One found on its way to exec is waited for: the
// status of the call, or DeadlineExceeded, when that takes too long.
absl::Status AwaitRunning(const Call& call, const Container& container);

// A pipe for what a process says, of which the daemon reads without waiting.
absl::StatusOr<sys::Pipe> MakeOutputPipe();

}  // namespace berth::runtime
