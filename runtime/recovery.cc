// SPDX-License-Identifier: Apache-2.0
#include "runtime/recovery.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "base/thread_pool.h"
#include "runtime/bundle_files.h"
#include "runtime/container_checkpoint.h"
#include "runtime/container_events.h"
#include "runtime/container_restore.h"
#include "runtime/leftovers.h"
#include "runtime/pod_table.h"
#include "runtime/pod_teardown.h"
#include "runtime/shim_sync.h"

namespace berth::runtime {
namespace {

constexpr int kThreads = 8;
constexpr absl::Duration kPodsTimeout = absl::Seconds(30);
constexpr absl::Duration kUndoTimeout = absl::Seconds(20);  // of one pod
constexpr absl::Duration kLeftoversTimeout = absl::Seconds(30);

// Of a pod of a daemon that made these files in the state directory, which is memory, they are
// there.
std::string EtcOf(const RuntimeContext& context, const std::string& pod_id) {
  const auto is_there = [](const std::string& path) {
    return sys::StatAt(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW).ok();
  };
  std::string directory = PodDirectory(context, pod_id);
  std::string etc = PodEtcDirectory(context, pod_id);
  return !is_there(etc) && is_there(JoinPath(directory, "hosts")) ? directory : etc;
}

absl::Status LoadPods(RuntimeContext& context) {
  ASSIGN_OR_RETURN(std::vector<PodRecord> pods, context.records->Pods());
  for (PodRecord& record : pods) {
    context.clock.Observe(record.created_at);
    std::string directory = PodDirectory(context, record.id);
    std::string etc = EtcOf(context, record.id);
    auto pod = std::make_shared<Pod>(std::move(record), std::move(directory), std::move(etc));
    InsertPod(context, pod);
    KnowOf(context, *pod);
  }
  return absl::OkStatus();
}

absl::Status LoadContainers(RuntimeContext& context) {
  ASSIGN_OR_RETURN(std::vector<ContainerRecord> containers, context.records->Containers());
  for (ContainerRecord& record : containers) {
    context.clock.Observe(record.created_at);
    std::shared_ptr<Pod> pod = context.pods.Find(record.pod_id);
    if (pod == nullptr) {
      RETURN_IF_ERROR(context.records->RemoveContainer(record.id));
      context.removals.Notify(record.id);
      continue;
    }
    auto container = std::make_shared<Container>(std::move(record), std::move(pod));
    InsertContainer(context, container);
    KnowOf(context, *container);
  }
  return absl::OkStatus();
}

// The shim and all processes are gone; addresses and records are not. What there is no time for is
// StopPodSandbox's.
void RecoverAfterBoot(RuntimeContext& context, Pod& pod, absl::Time deadline) {
  LogIfError(LosePod(context, pod), "a pod of an earlier boot");
  if (SteadyNow() >= deadline) {
    return;
  }
  LogIfError(TearDownPod(context, Call::WithTimeout(kUndoTimeout), pod),
             "a pod of an earlier boot is not wholly stopped; StopPodSandbox tries again");
}

// What there is no time for is done later.
void RecoverShim(RuntimeContext& context, const std::shared_ptr<Pod>& pod, absl::Time deadline) {
  for (const auto& container : ContainersOf(context, pod->id())) {
    ThawAfterCrash(context, *container);  // which takes no shim
  }
  if (SteadyNow() >= deadline) {
    Suspend(context, pod);
    context.agenda->Now([&context, pod] { Resync(context, pod, kFirstResyncPause); });
    return;
  }
  const Call call = Call::WithTimeout(kUndoTimeout);
  if (HearShim(context, call, pod, kFirstResyncPause) == ShimHealth::kLive) {
    RemoveStrayCgroups(context, call, *pod);
  }
}

void UndoStart(RuntimeContext& context, Pod& pod, bool rebooted) {
  LogInfo("undoing a pod that was being made", {{"pod", pod.id()}});
  if (!rebooted) {
    // Heard, it proves that the recorded process is still the shim, whose namespace DEL is given.
    SyncWithShim(context, Call::WithTimeout(kUndoTimeout), pod);
  }
  UndoPod(context, Call::WithTimeout(kUndoTimeout), pod);
}

// Until it is undone it is listed, and may be stopped and removed like any other.
void UndoStartLater(RuntimeContext& context, const std::shared_ptr<Pod>& pod, bool rebooted) {
  LogIfError(ChangePod(context, *pod, [](PodState& state) { state.phase = PodPhase::kNotReady; }),
             "record a pod that is not ready");
  context.agenda->Now([&context, pod, rebooted] {
    absl::StatusOr<OperationLock::Held> held =
        pod->operations().Acquire(Call::WithTimeout(kUndoTimeout), "undo pod");
    if (held.ok() && context.pods.Find(pod->id()) == pod) {
      UndoStart(context, *pod, rebooted);
    }
  });
}

void RecoverPod(RuntimeContext& context, const std::shared_ptr<Pod>& pod, bool rebooted,
                absl::Time deadline) {
  const PodPhase phase = pod->state().phase;
  if (phase == PodPhase::kStarting && SteadyNow() < deadline) {
    UndoStart(context, *pod, rebooted);
  } else if (phase == PodPhase::kStarting) {
    UndoStartLater(context, pod, rebooted);
  } else if (rebooted) {
    RecoverAfterBoot(context, *pod, deadline);
  } else if (phase != PodPhase::kStopped) {
    RecoverShim(context, pod, deadline);
  }
}

}  // namespace

absl::Status Recover(RuntimeContext& context, const std::string& boot_id) {
  RETURN_IF_ERROR(LoadPods(context));
  RETURN_IF_ERROR(LoadContainers(context));
  ASSIGN_OR_RETURN(const std::string last_boot, context.records->BootId());
  const bool rebooted = !last_boot.empty() && last_boot != boot_id;
  const std::vector<std::shared_ptr<Pod>> pods = context.pods.All();
  if (!rebooted && !pods.empty()) {
    EndLeftoverCheckpoints(context);
  }
  {
    const absl::Time deadline = SteadyNow() + kPodsTimeout;
    const int threads = std::min(kThreads, static_cast<int>(pods.size()));
    ThreadPool pool("rt-recover", threads, ThreadPool::Life::kJob);
    for (const auto& pod : pods) {
      pool.Schedule(
          [&context, pod, rebooted, deadline] { RecoverPod(context, pod, rebooted, deadline); });
    }
  }
  RETURN_IF_ERROR(context.records->SetBootId(boot_id));
  const Call call = Call::WithTimeout(kLeftoversTimeout);
  RemoveStrayPods(context, call);
  SettleRestores(context);
  DeleteStraysFromRuntimes(context, call);
  RemoveStrayAttachments(context, call);
  const std::string pod_count = absl::StrCat(context.pods.All().size());
  LogInfo("recovered", {{"pods", pod_count}, {"rebooted", rebooted ? "true" : "false"}});
  return absl::OkStatus();
}

}  // namespace berth::runtime
