// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "proto/runtime/v1/api.pb.h"
#include "runtime/plan/launch_plan.h"
#include "runtime/spec/container_extras.h"
#include "runtime/spec/container_image.h"
#include "runtime/spec/devices.h"
#include "runtime/spec/host_facts.h"
#include "runtime/spec/mounts.h"
#include "runtime/spec/seccomp.h"
#include "runtime/spec/seccomp_profile.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

// Everything a launch depends on. Borrowed for the call.
struct LaunchInputs {
  std::string container_id;
  const v1::PodSandboxConfig& pod;  // as given to RunPodSandbox
  const v1::ContainerConfig& container;
  const ContainerImage& image;
  const ContainerRoot& root;
  const std::map<std::string, ContainerRoot>& image_volumes;  // by Mount.container_path
  const RootFileReader& read_file;                            // of the container's root
  const HostFacts& facts;
  HostFiles& host;
  SeccompCompiler& seccomp;

  PodFiles files;
  std::string pod_id = {};
  std::vector<std::string> cgroup_directories = {};
  std::string oom_file = {};
  std::string log_path = {};    // absolute; empty: no log
  std::string pid_target = {};  // full id of the container that `target_id` means
  std::string bundle = {};      // where hooks will find config.json
  bool unset_seccomp_is_default = false;
  ContainerExtras extras = {};
  bool by_runtime = false;  // who starts it makes the filter of a profile
  Call call = {};           // asked while files are labelled
};

struct PlannedLaunch {
  LaunchPlan plan;
  std::vector<DeviceAccess> device_access;      // in order, for the cgroup
  v1::Signal stop_signal = v1::SIGNAL_SIGTERM;  // the effective one
  std::optional<SeccompProfile> seccomp;        // with `by_runtime`; unset: no filter
  IdRange ids;                                  // of the pod's user namespace
};

// Plans the start of a container: the CRI's request and the image's configuration, resolved. Blocks
// only in `host` and `read_file`. InvalidArgument names what is wrong with the request or image;
// Unknown with the prefix RROUnsupported or ImageVolumeMountFailed where the kubelet looks for it;
// FailedPrecondition when the node lacks what is asked for.
absl::StatusOr<PlannedLaunch> PlanLaunch(const LaunchInputs& inputs);

}  // namespace berth::runtime
