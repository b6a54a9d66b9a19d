// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/mounts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "runtime/spec/default_mounts.h"
#include "runtime/spec/mount_attributes.h"
#include "runtime/spec/requested_mounts.h"

namespace berth::runtime {
namespace {

constexpr char kCgroupRoot[] = "/sys/fs/cgroup";

auto Depth(const MountPlan& mount) {
  return std::count(mount.destination.begin(), mount.destination.end(), '/');
}

// A /dev of the request brings its own message queues, but the pod's shared memory stays the pod's.
bool IsReplaced(const std::string& destination, const std::set<std::string>& requested) {
  return requested.count(destination) > 0 ||
         (destination == "/dev/mqueue" && requested.count("/dev") > 0) ||
         (absl::StartsWith(destination, absl::StrCat(kCgroupRoot, "/")) &&
          requested.count(kCgroupRoot) > 0);
}

// A mount of ours below one that is shared with the host would appear on the host.
bool IsBelowShared(const std::string& destination, const std::vector<MountPlan>& requested) {
  return std::any_of(requested.begin(), requested.end(), [&](const MountPlan& mount) {
    return mount.propagation == kPropagationShared &&
           absl::StartsWith(destination, absl::StrCat(mount.destination, "/"));
  });
}

bool HasCgroupTmpfs(const std::vector<MountPlan>& mounts) {
  return std::any_of(mounts.begin(), mounts.end(), [](const MountPlan& mount) {
    return mount.destination == kCgroupRoot && mount.source == "tmpfs";
  });
}

// The tmpfs of cgroup v1 gets its directories while it is mounted, so it is closed afterwards.
void FinishCgroups(const HostFacts& facts, bool privileged, PlannedMounts& result) {
  if (!HasCgroupTmpfs(result.mounts)) {
    return;
  }
  for (const auto& [name, target] : facts.cgroup_links) {
    result.symlinks.push_back({absl::StrCat(kCgroupRoot, "/", name), target});
  }
  if (!privileged) {
    result.read_only_paths.push_back(kCgroupRoot);
  }
}

}  // namespace

void LabelTmpfs(const std::string& label, std::vector<MountPlan>& mounts) {
  for (MountPlan& mount : mounts) {
    if (!label.empty() && mount.kind == MountKind::kFilesystem && mount.source == "tmpfs") {
      mount.options.push_back({"context", label});
    }
  }
}

absl::StatusOr<PlannedMounts> PlanMounts(const MountInputs& inputs) {
  PlannedMounts result;
  std::set<std::string> requested;
  for (const v1::Mount& mount : inputs.container.mounts()) {
    ASSIGN_OR_RETURN(MountPlan plan, PlanRequestedMount(mount, inputs));
    requested.insert(plan.destination);
    if (plan.propagation == kPropagationShared) {
      result.root_propagation = kPropagationShared;
    }
    result.mounts.push_back(std::move(plan));
  }
  const v1::LinuxContainerSecurityContext& security = inputs.container.linux().security_context();
  std::vector<MountPlan> defaults =
      DefaultMounts(inputs.facts, inputs.files, security, inputs.ids.count > 0);
  std::erase_if(defaults, [&](const MountPlan& mount) {
    return IsReplaced(mount.destination, requested) ||
           IsBelowShared(mount.destination, result.mounts);
  });
  LabelTmpfs(inputs.mount_label, defaults);
  result.mounts.insert(result.mounts.begin(), std::make_move_iterator(defaults.begin()),
                       std::make_move_iterator(defaults.end()));
  std::stable_sort(result.mounts.begin(), result.mounts.end(),
                   [](const MountPlan& a, const MountPlan& b) { return Depth(a) < Depth(b); });
  FinishCgroups(inputs.facts, security.privileged(), result);
  return result;
}

}  // namespace berth::runtime
