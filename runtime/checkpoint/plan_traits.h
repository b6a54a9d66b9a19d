// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"

#include "runtime/plan/launch_plan.h"

namespace berth::runtime {

// What of a plan is inside the processes that it starts, or is made by CRIU as it was, so that a
// later request cannot change it: a name for a person and a text to compare. What comes from the
// later request all the same (sources of mounts, limits, log, labels, network) is not in here; nor
// is what only the program sees of itself (arguments, environment). Pure.
using PlanTraits = std::map<std::string, std::string>;
PlanTraits TraitsOf(const LaunchPlan& plan);

// FailedPrecondition naming what the request would have otherwise than the saved container. Without
// it a checkpoint would be a way to privileges that a request does not show. Pure.
absl::Status CheckTraits(const PlanTraits& saved, const PlanTraits& requested);

// FailedPrecondition for what cannot be saved at all, by name: a terminal, hooks, a PID
// namespace that others share. Pure.
absl::Status CheckCanBeSaved(const LaunchPlan& plan);

}  // namespace berth::runtime
