// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/plan/launch_plan.h"

namespace berth::runtime {

// One rule for the cgroup; later rules override earlier ones.
struct DeviceAccess {
  bool allow = false;
  char type = 'a';                     // a (with access rwm and no numbers: everything), b, c
  std::optional<uint32_t> major = {};  // unset: any
  std::optional<uint32_t> minor = {};
  std::string access = "rwm";
};

struct ExtraDevice {
  DevicePlan node;
  std::string access = "rwm";  // of the cgroup; empty: none
  bool users = false;          // the node belongs to the container's user where that is not root,
  bool groups = false;         // and to its group
};

// Made by the daemon itself, or by containers in what it made: gets SELinux's label of the
// container's files, without categories where other containers may have it, too.
struct OwnFiles {
  std::string path;
  bool shared = true;
};

// What a container is to have beyond its request, because a ContainerConfig has no field for it.
struct ContainerExtras {
  std::vector<Rlimit> rlimits;              // in place of the usual one of the same resource
  std::vector<ExtraDevice> devices;         // in place of one at the same path
  std::vector<DeviceAccess> device_access;  // on top of that of its devices
  std::vector<uint32_t> groups;             // supplementary ones
  std::vector<std::string> group_names;     // more, each of the image's /etc/group or a number
  std::vector<HookPlan> hooks;
  std::optional<bool> cgroup_namespace;  // one of its own, or the node's; unset: unless privileged
  std::vector<MountPlan> mounts;         // below what the request mounts, or beside it
  // Clean destinations of mounts of the request: without what is mounted below their sources.
  std::set<std::string> not_recursive;
  // Of the node, whose files all containers that mount them may have, as a client said: they get
  // SELinux's label of a container's files, without categories, as Mount.selinux_relabel gives it
  // with these.
  std::vector<std::string> shared_files;
  std::vector<OwnFiles> own_files;
};

}  // namespace berth::runtime
