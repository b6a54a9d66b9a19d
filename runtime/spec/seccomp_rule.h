// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "runtime/spec/seccomp_profile.h"

// Parts of a profile that its rules are made of. InvalidArgument says what is wrong. Pure.
namespace berth::runtime {

absl::StatusOr<SeccompRule> ParseSeccompRule(const Json& json);

// SCMP_ACT_ERRNO and so on.
absl::StatusOr<SeccompAction> ParseSeccompAction(absl::string_view name);

// The number in `number_key`, else the name ("EPERM") in `name_key`, else EPERM.
absl::StatusOr<uint32_t> ParseSeccompErrno(const Json& json, absl::string_view number_key,
                                           absl::string_view name_key);

}  // namespace berth::runtime
