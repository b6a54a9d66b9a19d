// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/plan/launch_plan.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

inline constexpr char kOciVersion[] = "1.2.0";  // of what hooks read
inline constexpr size_t kMaxHooks = 64;         // of one container

// Puts the hooks into the plan, with the state that they read; `bundle` is where config.json will
// be. InvalidArgument for one that cannot be run; FailedPrecondition in a user namespace, where a
// hook's root would not be the container's.
absl::Status PlanHooks(const std::vector<HookPlan>& hooks, const v1::ContainerConfig& container,
                       const std::string& bundle, const IdRange& ids, LaunchPlan& plan);

}  // namespace berth::runtime
