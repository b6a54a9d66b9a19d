// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim_sync.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container_exit.h"
#include "runtime/exit_file.h"
#include "runtime/pod_table.h"
#include "runtime/pod_teardown.h"
#include "runtime/timeouts.h"

namespace berth::runtime {
namespace {

constexpr absl::Duration kLongestPause = absl::Minutes(1);

absl::StatusOr<std::set<std::string>> Listen(RuntimeContext& context, const Call& call, Pod& pod) {
  ASSIGN_OR_RETURN(ShimConnection connection, pod.shim().Subscribe(call));
  std::set<std::string> known;
  while (true) {
    ASSIGN_OR_RETURN(ShimReply reply, connection.Receive(call));
    if (reply.type == ReplyType::kSynced) {
      break;
    }
    known.insert(ContainerIdOf(reply));
    ApplyReply(context, reply);
  }
  pod.HoldNetworkNamespace(pod.state().shim_pid);
  RETURN_IF_ERROR(context.monitor->Watch(pod.id(), std::move(connection)));
  return known;
}

// DEL is given the namespace of a shim that has to be killed, too. Nothing was heard from it, but
// its number is not another's as long as it is in the pod's cgroup.
void HoldNamespaceOfSilent(const RuntimeContext& context, Pod& pod) {
  const int shim_pid = pod.state().shim_pid;
  const absl::StatusOr<std::vector<int>> processes =
      Cgroup(context.hierarchies, pod.cgroup()).Processes();
  if (processes.ok() && absl::c_linear_search(*processes, shim_pid) &&
      pod.HeldNetworkNamespace().empty()) {
    pod.HoldNetworkNamespace(shim_pid);
  }
}

std::vector<std::shared_ptr<Container>> ContainersWithProcess(const RuntimeContext& context,
                                                              const Pod& pod) {
  std::vector<std::shared_ptr<Container>> containers = ContainersOf(context, pod.id());
  containers.erase(std::remove_if(containers.begin(), containers.end(),
                                  [](const auto& container) { return !container->has_process(); }),
                   containers.end());
  return containers;
}

// On record as running, but the shim has not started it or has been told to forget it.
void EndUnknownContainers(RuntimeContext& context, const Pod& pod,
                          const std::vector<std::shared_ptr<Container>>& containers,
                          const std::set<std::string>& known) {
  for (const auto& container : containers) {
    if (!container->has_process() || known.count(container->id()) != 0) {
      continue;
    }
    LogIfError(Cgroup(context.hierarchies, container->cgroup()).Kill(SteadyNow() + kKillTimeout),
               "a container that its shim does not know cannot be killed");
    ApplyExit(context, container,
              ReadExitFile(pod.directory(), container->id())
                  .value_or(UnknownExit("its shim does not know it")));
  }
}

// A pod that is not ready may still have containers that could not be killed.
bool NeedsShim(const RuntimeContext& context, const Pod& pod) {
  return pod.state().phase == PodPhase::kReady || !ContainersWithProcess(context, pod).empty();
}

void ResyncLater(RuntimeContext& context, const std::shared_ptr<Pod>& pod, absl::Duration pause) {
  context.agenda->At(SteadyNow() + pause, [&context, pod, pause] {
    Resync(context, pod, std::min(2 * pause, kLongestPause));
  });
}

}  // namespace

ShimHealth SyncWithShim(RuntimeContext& context, const Call& call, Pod& pod) {
  // One that starts while the shim tells of the others is no stranger to it.
  const std::vector<std::shared_ptr<Container>> before = ContainersWithProcess(context, pod);
  absl::StatusOr<std::set<std::string>> known =
      Listen(context, call.Within(kShimAnswerTimeout), pod);
  if (absl::IsUnavailable(known.status())) {
    return ShimHealth::kGone;
  }
  if (!known.ok()) {
    LogWarning("a shim cannot be heard", {{"pod", pod.id()}, {"error", known.status().ToString()}});
    HoldNamespaceOfSilent(context, pod);
    return ShimHealth::kSilent;
  }
  EndUnknownContainers(context, pod, before, *known);
  pod.SetSuspended(false);
  return ShimHealth::kLive;
}

void Suspend(RuntimeContext& context, const std::shared_ptr<Pod>& pod) {
  pod->SetSuspended(true);
  for (const auto& container : ContainersOf(context, pod->id())) {
    LogIfError(RecordContainer(context, *container, container->MarkUnknown()),
               "record a container whose shim does not answer");
  }
}

ShimHealth HearShim(RuntimeContext& context, const Call& call, const std::shared_ptr<Pod>& pod,
                    absl::Duration pause) {
  bool settled = true;
  const ShimHealth health = SyncWithShim(context, call, *pod);
  if (health == ShimHealth::kGone) {
    LogWarning("a shim has died; its pod is not ready", {{"pod", pod->id()}});
    const absl::Status lost = LosePod(context, *pod);
    settled = lost.ok();
    LogIfError(lost, absl::StrCat("what the dead shim of pod ", pod->id(), " ran lives on"));
  } else if (health == ShimHealth::kSilent) {
    settled = false;
    Suspend(context, pod);
  }
  if (!settled) {
    ResyncLater(context, pod, pause);
  }
  return health;
}

void Resync(RuntimeContext& context, const std::shared_ptr<Pod>& pod, absl::Duration pause) {
  absl::StatusOr<OperationLock::Held> held =
      pod->operations().Acquire(Call::WithTimeout(kShimAnswerTimeout), "hear the shim again");
  if (!held.ok()) {
    ResyncLater(context, pod, pause);
    return;
  }
  if (!NeedsShim(context, *pod) || context.monitor->IsWatched(pod->id())) {
    return;
  }
  if (HearShim(context, Call::WithTimeout(kShimAnswerTimeout), pod, pause) == ShimHealth::kLive) {
    LogInfo("hearing a shim again", {{"pod", pod->id()}});
  }
}

}  // namespace berth::runtime
