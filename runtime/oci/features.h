// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/spec/seccomp_profile.h"

namespace berth::runtime::oci {

inline constexpr size_t kMaxFeatures = 1 << 20;  // bytes of JSON

// What a runtime says of itself. A runtime that has no such command says nothing.
struct Features {
  std::string newest_version;                       // of the specification
  std::optional<std::vector<std::string>> actions;  // of seccomp; unset: not said
  // Whether containers can be in one that is there already. No feature of its own: runc has learnt
  // it together with id-mapped mounts, by which others tell it, too. Not said: true.
  bool user_namespaces = true;
};

// Reads what the command `features` prints. InvalidArgument when that is no such thing. Pure.
absl::StatusOr<Features> ParseFeatures(absl::string_view json);

// InvalidArgument when the profile needs what the runtime says it has not. Pure.
absl::Status CheckSeccomp(const Features& features, const SeccompProfile& profile);

}  // namespace berth::runtime::oci
