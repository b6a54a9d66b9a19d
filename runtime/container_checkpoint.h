// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "base/call.h"
#include "runtime/checkpointer.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {

// The contract is Checkpointer::Checkpoint.
absl::Status CheckpointContainers(RuntimeContext& context, const Call& call,
                                  const std::string& criu,
                                  const std::vector<CheckpointRequest>& requests);

// The contract is Checkpointer::Of.
std::unique_ptr<Checkpointer> MakeCheckpointer(RuntimeContext& context, std::string criu);

// Ends what a daemon that died while it saved containers has left at work. Before ThawAfterCrash.
void EndLeftoverCheckpoints(const RuntimeContext& context);

// Lets go on what a daemon that died while it saved the container has left frozen.
void ThawAfterCrash(RuntimeContext& context, const Container& container);

}  // namespace berth::runtime
