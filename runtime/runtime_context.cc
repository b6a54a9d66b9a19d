// SPDX-License-Identifier: Apache-2.0
#include "runtime/runtime_context.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/path.h"
#include "base/status.h"

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

// Their threads use each other and everything else.
RuntimeContext::~RuntimeContext() {
  if (agenda != nullptr) {
    agenda->Stop();
  }
  monitor.reset();
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

std::string PodDirectory(const RuntimeContext& context, absl::string_view pod_id) {
  return JoinPath(JoinPath(context.options.paths.state, "pods"), pod_id);
}

absl::StatusOr<std::shared_ptr<Pod>> FindListedPod(const RuntimeContext& context,
                                                   absl::string_view id) {
  std::shared_ptr<Pod> pod = context.pods.Find(id);
  if (pod == nullptr || !pod->listed()) {
    return absl::NotFoundError(absl::StrCat("no pod sandbox ", id));
  }
  return pod;
}

absl::StatusOr<std::shared_ptr<Container>> FindContainerOf(const RuntimeContext& context,
                                                           absl::string_view id) {
  std::shared_ptr<Container> container = context.containers.Find(id);
  if (container == nullptr) {
    return absl::NotFoundError(absl::StrCat("no container ", id));
  }
  return container;
}

void ObserveStart(RuntimeContext& context, absl::string_view step, absl::Time start) {
  context.metrics.start_seconds.Add({{"step", std::string(step)}}, metrics::LatencyBuckets())
      .Observe(absl::ToDoubleSeconds(absl::Now() - start));
}

}  // namespace berth::runtime
