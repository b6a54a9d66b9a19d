// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "runtime/plan/launch_plan.h"

// Questions about the mounts of a plan. Pure, by text: destinations are clean absolute paths.
namespace berth::shim {

// Whether something is mounted exactly there.
bool HasDestination(const runtime::LaunchPlan& plan, std::string_view destination);

// Whether one of the plan's symlinks is below there.
bool HoldsSymlinks(const runtime::LaunchPlan& plan, std::string_view destination);

// The SELinux context of what the launch mounts anew; null: none.
const char* LabelOf(const runtime::LaunchPlan& plan);

struct SplitPath {
  std::string_view parent;  // "/" at least
  std::string_view name;    // empty when `path` is "/" or ends in a slash
};
SplitPath SplitParent(std::string_view path);

}  // namespace berth::shim
