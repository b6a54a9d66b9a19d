// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"

namespace berth::cdi {

// The one document of a YAML text, as the JSON that means the same. What is not quoted and looks
// like one is null, a truth value or an integer (decimal, 0x…, 0o… or 0…), all else a string.
// InvalidArgument, with the line, for what is no YAML, larger than `max_bytes`, nested deeper than
// kMaxJsonDepth, has a key twice, or refers to another place: an alias can make a small text large.
// Pure.
absl::StatusOr<Json> ParseYaml(absl::string_view text, size_t max_bytes);

}  // namespace berth::cdi
