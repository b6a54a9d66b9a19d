// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/container.h"
#include "runtime/plan/launch_plan.h"
#include "runtime/pod.h"
#include "runtime/runtime_context.h"

// The pods and containers there are, and what must change with them: names, gauges, records, and
// who is told of containers that are gone.
namespace berth::runtime {

// The values of the label "state" of the gauges.
absl::string_view LabelOf(PodPhase phase);
absl::string_view LabelOf(ContainerPhase phase);

// One that is on record from now on is found and counted, by its id and its name of the CRI.
void InsertPod(RuntimeContext& context, const std::shared_ptr<Pod>& pod);
void InsertContainer(RuntimeContext& context, const std::shared_ptr<Container>& container);

// One that is on record no more is gone, and its name is free.
void ErasePod(RuntimeContext& context, const Pod& pod);
void EraseContainer(RuntimeContext& context, const Container& container);

// Changes a pod's state and records it. The state counts even when it cannot be recorded.
absl::Status ChangePod(RuntimeContext& context, Pod& pod,
                       absl::FunctionRef<void(PodState&)> change);

// Records what a transition of the container has returned; nothing to do for no transition.
absl::Status RecordContainer(RuntimeContext& context, const Container& container,
                             const std::optional<ContainerState>& state);

// Null when nobody listens.
LifecycleHooks* ListeningHooks(const RuntimeContext& context);

// Tells the hooks, if anybody listens, what has become of the container.
void Tell(const RuntimeContext& context, Turn turn, const Container& container);

// Containers of one pod, oldest first.
std::vector<std::shared_ptr<Container>> ContainersOf(const RuntimeContext& context,
                                                     const std::string& pod_id);

// NotFound in the words of the CRI.
absl::StatusOr<std::shared_ptr<Container>> FindContainerOf(const RuntimeContext& context,
                                                           absl::string_view id);

// The plan on record, of the container's request: a restored one was started by another.
absl::StatusOr<LaunchPlan> ReadLaunchPlan(const RuntimeContext& context,
                                          const Container& container);

}  // namespace berth::runtime
