// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/hierarchies.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/mount_table.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "runtime/cgroup/control_file.h"

namespace berth::runtime {
namespace {

// The controllers whose limits, devices and figures we use; a process joins no other hierarchy of
// version 1.
constexpr std::array<absl::string_view, 9> kControllers = {
    "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb"};

bool IsJoined(absl::string_view option) {
  return option == "name=systemd" ||
         std::find(kControllers.begin(), kControllers.end(), option) != kControllers.end();
}

void AddVersion1(MountEntry mount, CgroupHierarchies& result) {
  std::vector<std::string>& options = mount.super_options;
  std::erase_if(options, [](const std::string& option) { return !IsJoined(option); });
  if (options.empty() || result.controllers.count(options.front()) > 0) {
    return;
  }
  for (const std::string& option : options) {
    result.controllers[option] = mount.mount_point;
  }
  result.v1_hierarchies.push_back({std::move(mount.mount_point), std::move(options)});
}

CgroupMode ModeOf(const CgroupHierarchies& hierarchies) {
  const bool v1_controllers =
      std::any_of(hierarchies.controllers.begin(), hierarchies.controllers.end(),
                  [](const auto& entry) { return !absl::StartsWith(entry.first, "name="); });
  if (!v1_controllers) {
    return CgroupMode::kUnified;
  }
  return hierarchies.unified.empty() ? CgroupMode::kV1 : CgroupMode::kHybrid;
}

void RemoveNamed(CgroupHierarchies& hierarchies) {
  std::erase_if(hierarchies.controllers,
                [](const auto& entry) { return absl::StartsWith(entry.first, "name="); });
  std::erase_if(hierarchies.v1_hierarchies, [](const CgroupV1Hierarchy& hierarchy) {
    return absl::StartsWith(hierarchy.options.front(), "name=");
  });
}

}  // namespace

bool SystemdRuns() {
  return sys::StatAt(AT_FDCWD, "/run/systemd/system", 0).ok();
}

bool CgroupHierarchies::IsUnified(absl::string_view controller) const {
  const auto found = controllers.find(std::string(controller));
  return found != controllers.end() && found->second == unified;
}

CgroupHierarchies ParseHierarchies(absl::string_view mountinfo,
                                   absl::string_view unified_controllers) {
  CgroupHierarchies result;
  for (MountEntry& mount : ParseMountTable(mountinfo)) {
    if (mount.root != "/") {
      continue;  // a bind mount of a part
    }
    if (mount.type == "cgroup") {
      AddVersion1(std::move(mount), result);
    } else if (mount.type == "cgroup2" && result.unified.empty()) {
      result.unified = std::move(mount.mount_point);
    }
  }
  result.mode = ModeOf(result);
  if (result.mode == CgroupMode::kUnified) {
    RemoveNamed(result);  // a process tracker of systemd's, beside a cgroup2 that has everything
  }
  if (!result.unified.empty()) {
    for (absl::string_view controller :
         absl::StrSplit(absl::StripAsciiWhitespace(unified_controllers), ' ', absl::SkipEmpty())) {
      result.controllers.emplace(controller, result.unified);
    }
  }
  return result;
}

absl::StatusOr<CgroupHierarchies> FindHierarchies() {
  ASSIGN_OR_RETURN(const std::string mountinfo, ReadMountinfo("self"));
  CgroupHierarchies result = ParseHierarchies(mountinfo, "");
  if (!result.unified.empty()) {
    ASSIGN_OR_RETURN(
        const std::string controllers,
        ReadControlFile(absl::StrCat(result.unified, "/cgroup.controllers"), kMaxControlFile));
    result = ParseHierarchies(mountinfo, controllers);
  }
  if (result.controllers.count("memory") == 0) {
    return absl::FailedPreconditionError(
        "no cgroup hierarchy has the memory controller; mount cgroup2 on /sys/fs/cgroup");
  }
  if (!SystemdRuns()) {
    RemoveNamed(result);
  }
  return result;
}

}  // namespace berth::runtime
