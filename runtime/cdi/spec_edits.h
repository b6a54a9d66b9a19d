// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "base/json.h"
#include "runtime/cdi/spec.h"

namespace berth::cdi {

// A list of edits has at most so many entries of each kind.
inline constexpr size_t kMaxEdits = 4096;

// The `containerEdits` of a device or a specification; null: none. InvalidArgument, naming it below
// `where`. Pure.
absl::StatusOr<Edits> ReadEdits(const Json* json, const std::string& where);

}  // namespace berth::cdi
