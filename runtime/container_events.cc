// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_events.h"

#include <algorithm>

#include "base/log.h"
#include "runtime/pod_table.h"

namespace berth::runtime {
namespace {

// The time comes first: what is described is as new as that or newer.
auto Describe(RuntimeContext& context, const Pod& pod) {
  return [&context, &pod](ContainerEvent& event) {
    event.at = context.clock.Next();
    event.pod = pod.Snapshot();
    event.containers = SnapshotsOf(context, pod.id());
  };
}

}  // namespace

void TellCreated(RuntimeContext& context, const Container& container) {
  context.events.Created(container.id(), Describe(context, *container.pod()));
}

void TellStarted(RuntimeContext& context, const Container& container) {
  context.events.Started(container.id(), Describe(context, *container.pod()));
}

void LogStart(Container& container) {
  if (container.BeginStartReport()) {
    LogInfo("container started", {{"container", container.id()}, {"pod", container.pod_id()}});
  }
}

void TellStopped(RuntimeContext& context, const Container& container) {
  const bool ran = container.state().started_at != 0;
  context.events.Stopped(container.id(), ran, Describe(context, *container.pod()));
}

void TellDeleted(RuntimeContext& context, const Container& container) {
  context.events.Deleted(container.id(), Describe(context, *container.pod()));
}

void TellRunning(RuntimeContext& context, const Pod& pod) {
  context.events.Created(pod.id(), Describe(context, pod));
  context.events.Started(pod.id(), Describe(context, pod));
}

void TellStopped(RuntimeContext& context, const Pod& pod) {
  context.events.Stopped(pod.id(), /*ran=*/true, Describe(context, pod));
}

void TellDeleted(RuntimeContext& context, const Pod& pod) {
  context.events.Deleted(pod.id(), Describe(context, pod));
}

void KnowOf(RuntimeContext& context, const Pod& pod) {
  const PodPhase phase = pod.state().phase;
  if (phase != PodPhase::kStarting) {
    context.events.Know(pod.id(), phase == PodPhase::kReady ? v1::CONTAINER_STARTED_EVENT
                                                            : v1::CONTAINER_STOPPED_EVENT);
  }
}

void KnowOf(RuntimeContext& context, const Container& container) {
  const ContainerPhase phase = container.state().phase;
  context.events.Know(container.id(),
                      phase == ContainerPhase::kCreated  ? v1::CONTAINER_CREATED_EVENT
                      : phase == ContainerPhase::kExited ? v1::CONTAINER_STOPPED_EVENT
                                                         : v1::CONTAINER_STARTED_EVENT);
}

std::vector<ContainerSnapshot> SnapshotsOf(const RuntimeContext& context,
                                           const std::string& pod_id) {
  std::vector<ContainerSnapshot> snapshots;
  for (const auto& container : ContainersOf(context, pod_id)) {
    snapshots.push_back(container->Snapshot());
  }
  std::reverse(snapshots.begin(), snapshots.end());
  return snapshots;
}

}  // namespace berth::runtime
