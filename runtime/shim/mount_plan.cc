// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/mount_plan.h"

#include <algorithm>

namespace berth::shim {

bool HasDestination(const runtime::LaunchPlan& plan, std::string_view destination) {
  return std::any_of(
      plan.mounts.begin(), plan.mounts.end(),
      [destination](const runtime::MountPlan& mount) { return mount.destination == destination; });
}

bool HoldsSymlinks(const runtime::LaunchPlan& plan, std::string_view destination) {
  return std::any_of(plan.symlinks.begin(), plan.symlinks.end(),
                     [destination](const runtime::SymlinkPlan& symlink) {
                       std::string_view path = symlink.path;
                       return path.size() > destination.size() && path.starts_with(destination) &&
                              path[destination.size()] == '/';
                     });
}

const char* LabelOf(const runtime::LaunchPlan& plan) {
  return plan.mount_label.empty() ? nullptr : plan.mount_label.c_str();
}

SplitPath SplitParent(std::string_view path) {
  size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0) {
    return {"/", path.substr(slash == 0 ? 1 : 0)};
  }
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace berth::shim
