// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/runtime_context.h"

namespace berth::runtime {

// Puts what comes around regularly on the agenda: samples of CPU time, and checkpoints of the
// records when nothing else uses them. `records_path` is the records' file.
void StartUpkeep(RuntimeContext& context, const std::string& records_path);

// Reads what a container uses now. FailedPrecondition when it does not run.
absl::StatusOr<ContainerUsage> ReadUsage(RuntimeContext& context, const Container& container);

// Whether it is time to move the records' log into their file: there are changes, and nothing has
// changed for a while or there are very many. Pure.
bool CheckpointIsDue(int64_t changes_since_last, absl::Duration since_change);

}  // namespace berth::runtime
