// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/plan/launch_plan.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

// The number of a capability, by its name with or without CAP_, in any case; unset when there is
// none.
std::optional<uint32_t> CapabilityNumber(absl::string_view name);

// The name without CAP_; empty for a number that is none we know.
absl::string_view CapabilityName(uint32_t number);

// The fourteen that a container has when it asks for none.
uint64_t DefaultCapabilities();

// The sets of a container's first process on a node that can give `available` (1 << CAP_…); the
// others are left out. ALL counts before the single names, additions before removals. The ambient
// set holds only what add_ambient_capabilities asks for. InvalidArgument for a name that is none.
absl::StatusOr<CapabilitySets> PlanCapabilities(const v1::LinuxContainerSecurityContext& security,
                                                uint64_t available);

}  // namespace berth::runtime
