// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

// What a running container can be told beside its end; the contracts are PodRuntime's.
namespace berth::runtime {

absl::Status SignalContainer(const Call& call, const Container& container, int signal);
absl::Status ResizeTerminal(const Call& call, const Container& container, uint16_t rows,
                            uint16_t columns);
absl::Status SetFrozen(RuntimeContext& context, const Call& call, const Container& container,
                       bool frozen);
absl::StatusOr<bool> IsFrozen(const RuntimeContext& context, const Container& container);

}  // namespace berth::runtime
