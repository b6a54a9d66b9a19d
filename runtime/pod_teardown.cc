// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_teardown.h"

#include <signal.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "runtime/bundle_files.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/cgroup/systemd_scope.h"
#include "runtime/container_events.h"
#include "runtime/container_exit.h"
#include "runtime/container_kill.h"
#include "runtime/exit_file.h"
#include "runtime/placement.h"
#include "runtime/pod_files.h"
#include "runtime/pod_table.h"
#include "runtime/timeouts.h"

namespace berth::runtime {
namespace {

constexpr absl::Duration kDetachTimeout = absl::Minutes(1);

// All are told before the first is waited for; those that do not end so are killed one by one.
absl::Status KillContainers(RuntimeContext& context, const Call& call, const Pod& pod) {
  const std::vector<std::shared_ptr<Container>> containers = ContainersOf(context, pod.id());
  const ShimClient shim = pod.shim();
  for (const auto& container : containers) {
    container->CancelStart();
  }
  std::vector<Container*> told;
  for (const auto& container : containers) {
    if (!container->running()) {
      continue;
    }
    if (!shim.Signal(call.Within(kShimAnswerTimeout), container->id(), SIGKILL,
                     /*all_processes=*/true)
             .ok()) {
      break;  // a shim that does not answer one will not answer the next
    }
    told.push_back(container.get());
  }
  const absl::Time until = call.Within(kShimAnswerTimeout).deadline();
  for (Container* container : told) {
    container->WaitExited(until);
  }
  absl::Status first_error;
  for (const auto& container : containers) {
    first_error.Update(container->EndStart(call));
    first_error.Update(KillContainer(context, call, container));
  }
  return first_error;
}

absl::Status DetachNetwork(RuntimeContext& context, const Call& call, Pod& pod) {
  const PodState state = pod.state();
  if (!state.attached) {
    return absl::OkStatus();
  }
  // What is held outlives the shim, which may die while the plugins work; and the number of a shim
  // that is not heard may be another process's by now.
  std::string path = pod.HeldNetworkNamespace();
  if (path.empty() && context.monitor->IsWatched(pod.id())) {
    path = pod.NetworkNamespace(state.shim_pid);
  }
  RETURN_IF_ERROR(Annotate(context.network->Detach(call.Within(kDetachTimeout), pod.id(), path),
                           "detach the network"));
  pod.DropNetworkNamespace();
  return ChangePod(context, pod, [](PodState& changed) {
    changed.attached = false;
    changed.ips.clear();  // they are free, and soon another's
  });
}

// Kills what does not end by itself.
absl::Status EndProcesses(RuntimeContext& context, const Call& call, const Pod& pod) {
  const absl::Status shut = pod.shim().Shutdown(call.Within(kShimShutdownTimeout));
  if (!shut.ok()) {
    LogWarning("a shim does not shut down; killing it",
               {{"pod", pod.id()}, {"error", shut.ToString()}});
  }
  return EndCgroup(context, call, pod.cgroup());
}

}  // namespace

absl::Status EndCgroup(RuntimeContext& context, const Call& call, const std::string& path) {
  const Cgroup cgroup(context.hierarchies, path);
  RETURN_IF_ERROR(cgroup.Kill(call.Within(kKillTimeout).deadline()));
  if (IsScope(path)) {
    LogIfError(StopScope(call.Within(kKillTimeout), path), "systemd may keep the scope of a pod");
  }
  return cgroup.Remove();
}

absl::Status TearDownPod(RuntimeContext& context, const Call& call, Pod& pod) {
  if (pod.state().phase == PodPhase::kStopped) {
    return absl::OkStatus();
  }
  absl::Status first_error;
  const bool listed = pod.listed();
  if (pod.state().phase == PodPhase::kReady) {
    first_error =
        ChangePod(context, pod, [](PodState& state) { state.phase = PodPhase::kNotReady; });
  }
  first_error.Update(KillContainers(context, call, pod));
  if (LifecycleHooks* hooks = ListeningHooks(context);
      hooks != nullptr && listed && pod.BeginStop()) {
    hooks->BeforeStop(call, pod.Snapshot());
  }
  first_error.Update(DetachNetwork(context, call, pod));
  if (pod.state().attached && context.undo_time->is_short()) {
    return first_error;  // the next daemon's DEL wants the namespace, which goes with the shim
  }
  first_error.Update(EndProcesses(context, call, pod));
  RETURN_IF_ERROR(first_error);
  context.monitor->Unwatch(pod.id());
  const absl::Status recorded = ChangePod(context, pod, [](PodState& changed) {
    changed.phase = PodPhase::kStopped;
    changed.shim_pid = 0;
  });
  TellStopped(context, pod);
  return recorded;
}

absl::Status DropPod(RuntimeContext& context, Pod& pod) {
  for (const auto& container : ContainersOf(context, pod.id())) {
    RETURN_IF_ERROR(DeleteFromRuntime(context, Call::WithTimeout(kTeardownTimeout), *container));
  }
  RETURN_IF_ERROR(RemovePodDirectory(pod.directory()));
  // Nobody waits for the disk, nor for a file that a container keeps from being removed (chattr
  // +i).
  context.agenda->Now([etc = pod.etc()] {
    LogIfError(RemovePodDirectory(etc), "files of a pod stay until the next start");
  });
  RETURN_IF_ERROR(context.records->RemovePod(pod.id()));
  for (const auto& container : ContainersOf(context, pod.id())) {
    EraseContainer(context, *container);
  }
  ErasePod(context, pod);
  return absl::OkStatus();
}

void UndoPod(RuntimeContext& context, const Call& call, Pod& pod) {
  absl::Status undone = TearDownPod(context, call, pod);
  if (undone.ok()) {
    undone = DropPod(context, pod);
  }
  if (undone.ok()) {
    return;
  }
  if (context.undo_time->is_short()) {
    LogWarning("a pod that could not be made is left to the next daemon to undo",
               {{"pod", pod.id()}, {"error", undone.ToString()}});
    return;
  }
  LogWarning("a pod that could not be made could not be undone either; it is listed as not ready",
             {{"pod", pod.id()}, {"error", undone.ToString()}});
  LogIfError(ChangePod(context, pod, [](PodState& state) { state.phase = PodPhase::kNotReady; }),
             "record a pod that is not ready");
}

absl::Status LosePod(RuntimeContext& context, Pod& pod) {
  context.monitor->Unwatch(pod.id());
  const absl::Status recorded = ChangePod(context, pod, [](PodState& changed) {
    changed.phase = PodPhase::kNotReady;
    changed.shim_pid = 0;
  });
  RETURN_IF_ERROR(Cgroup(context.hierarchies, pod.cgroup()).Kill(SteadyNow() + kKillTimeout));
  for (const auto& container : ContainersOf(context, pod.id())) {
    if (!container->exited()) {
      ApplyExit(context, container,
                ReadExitFile(pod.directory(), container->id())
                    .value_or(UnknownExit("its shim has died")));
    }
  }
  TellStopped(context, pod);
  return recorded;
}

}  // namespace berth::runtime
