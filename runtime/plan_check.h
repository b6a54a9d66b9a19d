// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"

#include "base/call.h"
#include "runtime/pod_runtime.h"

namespace berth::runtime {

struct RuntimeContext;

// The door of runtime/ for who describes a container that is to start at some other time.
// Thread-safe.
class PlanCheck {
 public:
  // `runtime` is one that PodRuntime::Create has made, and outlives it.
  static std::unique_ptr<PlanCheck> Of(PodRuntime& runtime);
  virtual ~PlanCheck() = default;

  // Plans a pod and a container in it, whose pod_id is not looked at, as RunPod and CreateContainer
  // do, and makes nothing. The errors are theirs; what they take from other pods and containers is
  // to be left out. What the node has may be another thing when the time has come.
  virtual absl::Status Check(const Call& call, const v1::PodSandboxConfig& pod,
                             const std::string& handler, const PodExtras& extras,
                             const ContainerRequest& request) const = 0;
};

// For Of alone, which finds the context.
std::unique_ptr<PlanCheck> MakePlanCheck(RuntimeContext& context);

}  // namespace berth::runtime
