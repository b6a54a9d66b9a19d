// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "runtime/container_events.h"
#include "runtime/container_restore.h"
#include "runtime/names.h"

namespace berth::runtime {

absl::string_view LabelOf(PodPhase phase) {
  switch (phase) {
    case PodPhase::kStarting:
      return "starting";
    case PodPhase::kReady:
      return "ready";
    case PodPhase::kNotReady:
    case PodPhase::kStopped:
      break;
  }
  return "notready";
}

absl::string_view LabelOf(ContainerPhase phase) {
  switch (phase) {
    case ContainerPhase::kCreated:
      return "created";
    case ContainerPhase::kRunning:
      return "running";
    case ContainerPhase::kExited:
      return "exited";
    case ContainerPhase::kUnknown:
      break;
  }
  return "unknown";
}

void InsertPod(RuntimeContext& context, const std::shared_ptr<Pod>& pod) {
  context.pods.Insert(pod->id(), PodNameKey(pod->config().metadata()), pod);
  context.pod_gauges.Set(pod->id(), LabelOf(pod->state().phase));
}

void InsertContainer(RuntimeContext& context, const std::shared_ptr<Container>& container) {
  context.containers.Insert(
      container->id(), ContainerNameKey(container->pod_id(), container->metadata()), container);
  context.container_gauges.Set(container->id(), LabelOf(container->state().phase));
}

void ErasePod(RuntimeContext& context, const Pod& pod) {
  context.pods.Erase(pod.id());
  context.pod_gauges.Remove(pod.id());
  context.sampler.Forget(pod.id());
  TellDeleted(context, pod);
}

void EraseContainer(RuntimeContext& context, const Container& container) {
  context.containers.Erase(container.id());
  context.container_gauges.Remove(container.id());
  context.census.Forget(container.id());
  context.removals.Notify(container.id());
  DropRestore(context, container.id());
  Tell(context, Turn::kContainerRemoved, container);
  TellDeleted(context, container);
}

absl::Status ChangePod(RuntimeContext& context, Pod& pod,
                       absl::FunctionRef<void(PodState&)> change) {
  const PodState state = pod.Change(change);
  context.pod_gauges.Set(pod.id(), LabelOf(state.phase));
  return context.records->SetPodState(pod.id(), state);
}

absl::Status RecordContainer(RuntimeContext& context, const Container& container,
                             const std::optional<ContainerState>& state) {
  if (!state.has_value()) {
    return absl::OkStatus();
  }
  context.container_gauges.Set(container.id(), LabelOf(state->phase));
  return context.records->SetContainerState(container.id(), *state);
}

LifecycleHooks* ListeningHooks(const RuntimeContext& context) {
  LifecycleHooks* hooks = context.hooks;
  return hooks != nullptr && hooks->listening() ? hooks : nullptr;
}

void Tell(const RuntimeContext& context, Turn turn, const Container& container) {
  if (LifecycleHooks* hooks = ListeningHooks(context); hooks != nullptr) {
    hooks->Tell(turn, container.pod()->Snapshot(), container.Snapshot());
  }
}

std::vector<std::shared_ptr<Container>> ContainersOf(const RuntimeContext& context,
                                                     const std::string& pod_id) {
  std::vector<std::shared_ptr<Container>> all = context.containers.All();
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](const auto& container) { return container->pod_id() != pod_id; }),
            all.end());
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a->created_at() < b->created_at(); });
  return all;
}

absl::StatusOr<std::shared_ptr<Container>> FindContainerOf(const RuntimeContext& context,
                                                           absl::string_view id) {
  std::shared_ptr<Container> container = context.containers.Find(id);
  if (container == nullptr) {
    return absl::NotFoundError(absl::StrCat("container \"", id, "\" not found"));
  }
  return container;
}

absl::StatusOr<LaunchPlan> ReadLaunchPlan(const RuntimeContext& context,
                                          const Container& container) {
  ASSIGN_OR_RETURN(const std::string encoded, context.records->ReadPlan(container.id()));
  return ToStatusOr(DecodeLaunchPlan(encoded.data(), encoded.size()), "read the plan of container ",
                    container.id());
}

}  // namespace berth::runtime
