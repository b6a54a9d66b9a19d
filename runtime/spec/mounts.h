// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "proto/runtime/v1/api.pb.h"
#include "runtime/plan/launch_plan.h"
#include "runtime/spec/container_image.h"
#include "runtime/spec/host_facts.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

// Files of the host that a pod's containers share; absolute. `shm` is where PodPlan::shm_directory
// was, or the host's /dev/shm with the host's IPC.
struct PodFiles {
  std::string hosts;
  std::string hostname;
  std::string resolv_conf;
  std::string shm;
  bool read_only = false;  // those in /etc, whatever the root is
};

// Borrowed for the call.
struct MountInputs {
  const v1::ContainerConfig& container;
  const HostFacts& facts;
  HostFiles& host;
  const PodFiles& files;
  const std::map<std::string, ContainerRoot>& image_volumes;  // by Mount.container_path
  IdRange ids = {};                                           // of the pod's user namespace
  std::string mount_label = {};                               // SELinux's; empty: none
  std::set<std::string> not_recursive = {};                   // as ContainerExtras has it
  Call call = {};                                             // asked while files are labelled
};

struct PlannedMounts {
  std::vector<MountPlan> mounts;             // parents before what lies below them
  std::vector<SymlinkPlan> symlinks;         // of cgroup v1's joined controllers
  std::vector<std::string> read_only_paths;  // to be made read-only once everything is mounted
  uint64_t root_propagation = 0;
};

// Gives each tmpfs among them that SELinux context; empty: none. Other new filesystems have labels
// of the kernel's.
void LabelTmpfs(const std::string& label, std::vector<MountPlan>& mounts);

// Every mount of a container but the root, /dev and /dev/pts: those that each container has,
// without the ones that the request replaces, and the request's. InvalidArgument for what
// contradicts itself or the host's propagation; Unknown with the prefix RROUnsupported or
// ImageVolumeMountFailed.
absl::StatusOr<PlannedMounts> PlanMounts(const MountInputs& inputs);

}  // namespace berth::runtime
