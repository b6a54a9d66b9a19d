// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/spec/host_facts.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

inline constexpr char kUnconfinedSelinuxType[] = "spc_t";

// SELinux contexts; empty where SELinux is off.
struct SelinuxLabels {
  std::string process;
  std::string mount;  // of a container's own files and of what is relabelled for it
};

// The labels of a pod's containers that ask for nothing of their own: the policy's usual ones, with
// what `options` name in their place. Without a level it is the pod's own, of two categories that
// its id chooses, so that all of its containers share it and those of another pod hardly ever do.
// What is privileged is kUnconfinedSelinuxType, and what has that type is without categories.
// FailedPrecondition when SELinux is off and options ask for more than to be unconfined;
// InvalidArgument when the policy has no such context.
absl::StatusOr<SelinuxLabels> PlanSelinux(const v1::SELinuxOption& options, bool privileged,
                                          absl::string_view pod_id, const HostFacts& facts,
                                          HostFiles& host);

// The options of a container: its own, field by field, else its pod's. Pure.
v1::SELinuxOption MergeSelinuxOptions(const v1::SELinuxOption& pod,
                                      const v1::SELinuxOption& container);

// "s0:c12,c345" of a pod. Pure.
std::string SelinuxLevelOf(absl::string_view pod_id);

// `label`, a context, for what the containers of all pods may have: without categories. Pure.
std::string SharedSelinuxLabel(absl::string_view label);

}  // namespace berth::runtime
