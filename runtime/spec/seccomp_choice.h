// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/spec/host_facts.h"
#include "runtime/spec/seccomp.h"
#include "runtime/spec/seccomp_profile.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

// The filter that a container asks for, for a process with `capabilities`; none for a privileged
// one. The deprecated string counts where the field is unset; where both are, `unset_is_default`
// chooses between the default profile and none. InvalidArgument for a profile file that is absent,
// too large or wrong.
absl::StatusOr<SeccompProgram> PlanSeccomp(const v1::LinuxContainerSecurityContext& security,
                                           uint64_t capabilities, bool unset_is_default,
                                           const HostFacts& facts, HostFiles& host,
                                           SeccompCompiler& compiler);

// The same as a profile, for a runtime that makes a program of it; unset: no filter.
absl::StatusOr<std::optional<SeccompProfile>> FindSeccompProfile(
    const v1::LinuxContainerSecurityContext& security, bool unset_is_default, HostFiles& host);

}  // namespace berth::runtime
