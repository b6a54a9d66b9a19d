// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/plan/launch_plan.h"
#include "runtime/spec/host_facts.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

inline constexpr size_t kMaxHostFile = 1 << 20;  // of /etc/hosts and /etc/resolv.conf

// Borrowed for the call.
struct PodInputs {
  std::string pod_id;
  const v1::PodSandboxConfig& config;
  const HostFacts& facts;
  HostFiles& host;
  std::string directory;                             // PodPlan::directory
  std::vector<std::string> cgroup_directories = {};  // the shim's own
  std::string network_namespace = "";                // of another pod, that it joins; empty: none
  std::string ipc_namespace = "";                    // likewise, with
  std::string shared_memory = "";                    // PodPlan::shared_memory
  std::vector<std::string> extra_hosts = {};         // lines of /etc/hosts
  bool dockers_hosts = false;                        // before these as Docker, not as the kubelet
  uint64_t shm_size = 0;                             // 0: the usual
  bool host_uts = false;                             // also with a network of its own
  bool own_uts = false;                              // also with the node's network
  std::string domain_name = "";                      // empty: none
};

struct PlannedPod {
  PodPlan plan;
  // Content of the files that its containers get; the caller writes them (0644).
  std::string hosts;  // still without its own addresses
  std::string names;  // of those: "web.example.org web"
  std::string hostname;
  std::string resolv_conf;
  bool host_network = false;
};

// Plans a pod. InvalidArgument for options that contradict each other, sysctls that are not the
// pod's own, names with control characters; of a user namespace as PlanUserNamespace.
absl::StatusOr<PlannedPod> PlanPod(const PodInputs& inputs);

}  // namespace berth::runtime
