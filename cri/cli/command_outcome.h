// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::cli {

inline constexpr size_t kMaxOutcome = 64 << 10;

// The exit code in what the status channel of an exec or attach says (Kubernetes' Status object as
// JSON), or its message as Internal when the command did not run to its end. Pure.
absl::StatusOr<int> ReadCommandOutcome(absl::string_view json);

}  // namespace berth::cli
