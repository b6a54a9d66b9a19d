// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {

// Where what a container is restored from is kept, <root>/restores/<id>: once it is there, the
// container is started by CRIU or not at all.
std::string RestoreDirectory(const RuntimeContext& context, absl::string_view container_id);

// The contract is Checkpointer::PrepareRestore.
absl::Status PrepareRestore(RuntimeContext& context, const Call& call, const std::string& criu,
                            absl::string_view container_id);

// By what the container starts, encoded: the plan on record, or that of its restore.
absl::StatusOr<std::string> ReadStartPlan(RuntimeContext& context, const std::string& container_id);

// Of a container that runs, if it was restored: its processes get the request's OOM score, for CRIU
// brings back the saved one, and what it was restored from is freed.
void FinishRestore(RuntimeContext& context, const Container& container);

// "; criu: " and what CRIU says of a restore that has failed; empty when it was none.
std::string RestoreErrors(const RuntimeContext& context, const std::string& container_id);

// Frees what a container was, or would have been, restored from.
void DropRestore(const RuntimeContext& context, absl::string_view container_id);

// When the daemon starts: drops those of containers that are not on record or have exited, and
// finishes those that have succeeded.
void SettleRestores(RuntimeContext& context);

}  // namespace berth::runtime
