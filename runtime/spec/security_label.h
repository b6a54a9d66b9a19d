// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/spec/host_facts.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

inline constexpr char kDefaultAppArmorProfile[] = "berth-default";
inline constexpr size_t kMaxAppArmorProfiles = 1 << 20;  // bytes of the kernel's list

// The AppArmor profile to change to at exec; empty for none. Where AppArmor is off the default is
// ignored. FailedPrecondition when a profile is asked for that the node has not loaded, so that
// nothing runs with less confinement than asked.
absl::StatusOr<std::string> PlanAppArmor(const v1::LinuxContainerSecurityContext& security,
                                         const HostFacts& facts, HostFiles& host);

}  // namespace berth::runtime
