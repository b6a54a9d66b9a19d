// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"

#include "base/call.h"
#include "runtime/pod_runtime.h"

namespace berth::runtime {

// What has happened.
enum class Turn {
  kContainerStarted,
  kContainerExited,
  kContainerRemoved,
  kPodRemoved,
};

// Somebody who is asked before pods and containers begin and end, and told afterwards. Thread-safe.
class LifecycleHooks {
 public:
  virtual ~LifecycleHooks() = default;

  // These may block for seconds, and may ask the runtime for snapshots, but must not operate on the
  // pod: its operation lock is held, except by BeforeCreate.

  // The pod has its network and is not listed yet. An error undoes it.
  // AfterRun comes in any case, even if it never got so far: the pod is listed now, or gone.
  virtual absl::Status BeforeReady(const Call& call, const PodSnapshot& pod) = 0;
  virtual void AfterRun(const std::string& pod_id, bool made) = 0;
  // All the pod's containers have ended; its network is still there. Once a pod.
  virtual void BeforeStop(const Call& call, const PodSnapshot& pod) = 0;
  // The container is not planned yet; what is changed in the request counts. After OK, AfterCreate
  // follows: the container is listed now, or gone.
  virtual absl::Status BeforeCreate(const Call& call, const PodSnapshot& pod,
                                    ContainerRequest& request) = 0;
  virtual void AfterCreate(const std::string& container_id, bool made) = 0;
  // After an error the container is EXITED and has not run.
  virtual absl::Status BeforeStart(const Call& call, const PodSnapshot& pod,
                                   const ContainerSnapshot& container) = 0;

  // Whether anybody wants to be told; cheap.
  virtual bool listening() const = 0;
  // Never blocks. What is told of one container is in order.
  virtual void Tell(Turn turn, PodSnapshot pod, std::optional<ContainerSnapshot> container) = 0;
};

}  // namespace berth::runtime
