// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {

// Makes a pod and returns its id; the contract is PodRuntime::RunPod. Runs as work
// of a SingleFlight.
absl::StatusOr<std::string> RunPod(RuntimeContext& context, const Call& call,
                                   const v1::PodSandboxConfig& config, const std::string& handler,
                                   const PodExtras& extras);

// The pod that RunPod would make, of which nothing is there and which nobody finds; as if it shared
// no other's network or IPC.
absl::StatusOr<std::shared_ptr<Pod>> PlanPodAlone(RuntimeContext& context,
                                                  const v1::PodSandboxConfig& config,
                                                  const std::string& handler,
                                                  const PodExtras& extras);

// What a network is asked for on behalf of the pod. Pure.
AttachmentRequest MakeAttachmentRequest(const Pod& pod, int shim_pid);

}  // namespace berth::runtime
