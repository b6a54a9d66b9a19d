// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth {

// Bytes of "512m", "1.5g", "64MiB", "100kb", "4096": binary units, as docker reads --memory.
// InvalidArgument for anything else, zero, and what does not fit. Pure.
absl::StatusOr<int64_t> ParseMemorySize(absl::string_view text);

// The least that docker lets a container have: with less no process starts.
inline constexpr int64_t kLeastMemory = 6 << 20;

}  // namespace berth
