// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/runtime_context.h"

namespace berth::runtime {

// Puts what comes around regularly on the agenda: samples of CPU time, and checkpoints of the
// records when nothing else uses them. `records_path` is the records' file.
void StartUpkeep(RuntimeContext& context, const std::string& records_path);

// Reads what a container uses now. FailedPrecondition when it does not run.
absl::StatusOr<ContainerUsage> ReadUsage(RuntimeContext& context, const Container& container);

}  // namespace berth::runtime
