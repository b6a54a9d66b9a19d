// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"

// Members of documents that a registry gave. An absent or null member reads as empty; one of
// another type is InvalidArgument, naming it, because others might read it differently.
namespace berth::imageservice {

// A string with a null byte is refused too: no path, argument or name can hold one.
absl::StatusOr<std::string> StringMember(const Json& object, absl::string_view key);
absl::StatusOr<std::vector<std::string>> StringsMember(const Json& object, absl::string_view key);

// The pointer lives as long as `object`.
absl::StatusOr<const Json*> ObjectMember(const Json& object, absl::string_view key);
absl::StatusOr<const Json*> ArrayMember(const Json& object, absl::string_view key);

}  // namespace berth::imageservice
