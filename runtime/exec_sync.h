// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {

inline constexpr size_t kMaxExecOutput = 16 << 20;  // of each stream; the rest is read and dropped

// The contract is PodRuntime::ExecSync. Takes no lock.
absl::StatusOr<ExecResult> ExecSync(RuntimeContext& context, const Call& call,
                                    const Container& container,
                                    const std::vector<std::string>& command,
                                    absl::Duration timeout);

}  // namespace berth::runtime
