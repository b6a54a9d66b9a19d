// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/mounts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "runtime/spec/mount_attributes.h"

namespace berth::runtime::oci {
namespace {

constexpr char kCgroupRoot[] = "/sys/fs/cgroup";

bool IsOfCgroups(const MountPlan& mount) {
  return mount.kind == MountKind::kFilesystem &&
         (mount.destination == kCgroupRoot ||
          absl::StartsWith(mount.destination, absl::StrCat(kCgroupRoot, "/")));
}

Json AttributeOptions(uint64_t attributes) {
  constexpr std::pair<uint64_t, const char*> kNames[] = {{kMountNoSuid, "nosuid"},
                                                         {kMountNoDev, "nodev"},
                                                         {kMountNoExec, "noexec"},
                                                         {kMountReadOnly, "ro"}};
  Json options = Json::array();
  for (const auto& [bit, name] : kNames) {
    if ((attributes & bit) != 0) {
      options.push_back(name);
    }
  }
  return options;
}

const char* PropagationOption(uint64_t propagation) {
  switch (propagation) {
    case kPropagationShared:
      return "rshared";
    case kPropagationSlave:
      return "rslave";
    default:
      return "rprivate";
  }
}

Json Filesystem(const MountPlan& mount) {
  Json options = AttributeOptions(mount.attributes);
  for (const MountPlanOption& option : mount.options) {
    options.push_back(option.value.empty() ? option.key
                                           : absl::StrCat(option.key, "=", option.value));
  }
  if (mount.propagation != 0) {
    options.push_back(PropagationOption(mount.propagation));
  }
  return {{"destination", mount.destination},
          {"type", mount.source},
          {"source", mount.source},
          {"options", std::move(options)}};
}

// An option for an attribute would make the runtime mount it anew, and without all that are not
// named.
Json Staged(const MountPlan& mount, size_t index, absl::string_view stage) {
  return {{"destination", mount.destination},
          {"type", "bind"},
          {"source", absl::StrCat(stage, "/", kStagedMounts, "/", index)},
          {"options", {"rbind", PropagationOption(mount.propagation)}}};
}

// All hierarchies are one mount to a runtime, of whichever version they are.
Json Cgroups(const LaunchPlan& plan) {
  uint64_t attributes = 0;
  for (const MountPlan& mount : plan.mounts) {
    attributes |= IsOfCgroups(mount) ? mount.attributes : 0;
  }
  Json options = AttributeOptions(attributes);
  options.push_back("relatime");
  return {{"destination", kCgroupRoot},
          {"type", "cgroup"},
          {"source", "cgroup"},
          {"options", std::move(options)}};
}

bool Has(const LaunchPlan& plan, absl::string_view destination) {
  return std::any_of(plan.mounts.begin(), plan.mounts.end(),
                     [&](const MountPlan& mount) { return mount.destination == destination; });
}

// What the shim makes before all others.
void AddDev(const LaunchPlan& plan, Json& section) {
  if (!Has(plan, "/dev")) {
    section.push_back({{"destination", "/dev"},
                       {"type", "tmpfs"},
                       {"source", "tmpfs"},
                       {"options", {"nosuid", "noexec", "strictatime", "mode=755", "size=64k"}}});
  }
  if (!Has(plan, "/dev") && !Has(plan, "/dev/pts")) {
    section.push_back(
        {{"destination", "/dev/pts"},
         {"type", "devpts"},
         {"source", "devpts"},
         {"options", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}}});
  }
}

}  // namespace

Json MountsSection(const LaunchPlan& plan, absl::string_view stage) {
  Json section = Json::array();
  AddDev(plan, section);
  for (size_t i = 0; i < plan.mounts.size(); ++i) {
    const MountPlan& mount = plan.mounts[i];
    if (mount.kind != MountKind::kFilesystem) {
      section.push_back(Staged(mount, i, stage));
    } else if (!IsOfCgroups(mount)) {
      section.push_back(Filesystem(mount));
    } else if (mount.destination == kCgroupRoot) {
      section.push_back(Cgroups(plan));
    }
  }
  return section;
}

Json HostMountsSection(const LaunchPlan& plan) {
  Json section = Json::array();
  for (const MountPlan& mount : plan.mounts) {
    section.push_back(
        mount.kind == MountKind::kFilesystem
            ? Filesystem(mount)
            : Json{{"destination", mount.destination}, {"type", "bind"}, {"source", mount.source}});
  }
  return section;
}

std::string RootPropagation(const LaunchPlan& plan) {
  uint64_t propagation = plan.root_propagation;
  for (const MountPlan& mount : plan.mounts) {
    if (mount.kind == MountKind::kBind) {
      propagation = std::max(propagation, mount.propagation);
    }
  }
  return propagation > kPropagationPrivate ? PropagationOption(propagation) : "";
}

}  // namespace berth::runtime::oci
