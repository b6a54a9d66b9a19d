// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"

// Members of a seccomp profile. Absent and null are one; another type than expected is
// InvalidArgument, because a rule that loses a part of itself allows more than its author meant.
// Pure.
namespace berth::runtime {

absl::Status InvalidSeccomp(absl::string_view problem);

// A shared empty value when absent. The reference lives as long as `json`.
absl::StatusOr<const Json*> SeccompArray(const Json& json, absl::string_view key);
absl::StatusOr<const Json*> SeccompObject(const Json& json, absl::string_view key);

absl::StatusOr<std::string> SeccompString(const Json& json, absl::string_view key);
absl::StatusOr<std::vector<std::string>> SeccompStrings(const Json& json, absl::string_view key);
absl::StatusOr<std::optional<uint64_t>> SeccompUnsigned(const Json& json, absl::string_view key);

}  // namespace berth::runtime
