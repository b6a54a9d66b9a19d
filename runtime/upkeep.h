// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/runtime_context.h"

namespace berth::runtime {

// Puts what comes around regularly on the agenda: samples of CPU time, and checkpoints of the
// records when nothing else uses them, or their log is long. `records_path` is the records' file.
void StartUpkeep(RuntimeContext& context, const std::string& records_path);

}  // namespace berth::runtime
