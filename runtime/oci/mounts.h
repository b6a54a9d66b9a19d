// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

#include "base/json.h"
#include "runtime/plan/launch_plan.h"

namespace berth::runtime::oci {

// The member "mounts" of a config.json. Filesystems are made by the runtime; binds and overlays are
// those that the shim has put on the stage, which is the directory `stage` (see kStagedMounts),
// with their attributes and ids. Pure.
Json MountsSection(const LaunchPlan& plan, absl::string_view stage);

// The same with sources on the host, for who reads it only. Pure.
Json HostMountsSection(const LaunchPlan& plan);

// What a container's root must pass on for the mounts to get the propagation that they ask for, in
// the specification's words; empty: nothing. Pure.
std::string RootPropagation(const LaunchPlan& plan);

}  // namespace berth::runtime::oci
