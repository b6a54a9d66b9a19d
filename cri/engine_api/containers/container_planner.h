// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "cri/engine_api/containers/container_record.h"
#include "cri/engine_api/containers/container_spec.h"
#include "cri/engine_api/networks/pod_networking.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

namespace v1 = ::runtime::v1;

// What the runtime is asked for, to run a container of the Engine API: a pod of one.
struct ContainerPlan {
  v1::PodSandboxConfig pod;
  runtime::PodExtras pod_extras;
  std::string handler;
  v1::ContainerConfig container;
  runtime::ContainerImage image;
  runtime::ContainerExtras extras;
};

// What the plan depends on besides the request.
struct PlanSurroundings {
  std::string directory;                            // of the container's own files on the host
  std::vector<MountSpec> mounts = {};               // of the container's record
  std::map<std::string, std::string> volumes = {};  // name -> the directory of the host behind it
  std::set<std::string> mounted_volumes = {};       // whose options say what is behind them
  PodNetworking networking = {};
  std::string network_of = "";                            // the pod that networking.joined runs in
  std::string ipc_of = "";                                // that of whom the IPC mode names
  bool ipc_is_hosts = false;                              // who has the node's
  std::string init = "";                                  // the program of --init, on the host
  std::string pid_of = "";                                // the container that the PID mode names
  std::map<std::string, std::string> block_devices = {};  // "8:0", by the paths of limits
};

inline constexpr char kInitProgram[] = "/sbin/docker-init";  // where it is in the container
inline constexpr char kContainerLog[] = "container.log";     // in the directory
inline constexpr char kSeccompProfile[] = "seccomp.json";    // likewise, where the request has one
inline constexpr absl::string_view kEngineNamespace = "docker";  // of the pods

// Plans it. InvalidArgument for values that make no sense, Unimplemented for what we do not have.
// Pure.
absl::StatusOr<ContainerPlan> PlanContainer(const EngineContainerRecord& record,
                                            const ContainerSpec& spec,
                                            const PlanSurroundings& surroundings);

// The limits of a start, and of an update, which has all that a container is to have; zero fields
// stay as they are. Pure.
v1::LinuxContainerResources PlanLimits(const ResourceSpec& spec);

// The JSON of "seccomp={…}" among the security options; empty: none. Pure.
std::string SeccompProfileOf(const ContainerSpec& spec);

}  // namespace berth::cri
