// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/thread.h"
#include "cri/container_roots.h"
#include "cri/engine_api/containers/pod_container_engine.h"
#include "cri/engine_api/containers/restart_policy.h"
#include "runtime/pod_file_names.h"

namespace berth::cri {
namespace {

constexpr mode_t kPrivateDirectory = 0700;
constexpr int32_t kUnknownExitCode = 255;
constexpr size_t kMaxPodFile = 1 << 20;
constexpr mode_t kPublicFile = 0644;
constexpr absl::Duration kOthersPause = absl::Milliseconds(100);  // twice as long each time
constexpr absl::Duration kLongestOthersPause = absl::Seconds(10);
constexpr absl::Duration kRemovalPause = absl::Seconds(5);
constexpr absl::Duration kSilentPause = absl::Seconds(5);

// A shim that does not answer yet may have one that runs.
bool MayRun(const std::optional<runtime::ContainerSnapshot>& container) {
  return container.has_value() &&
         (container->state == v1::CONTAINER_RUNNING || container->state == v1::CONTAINER_UNKNOWN);
}

bool RemovesItself(const EngineContainerRecord& record) {
  return JsonFlag(record.host_config, "AutoRemove");
}

// Whole ones, of one that has ended.
std::string SecondsRun(const EngineState& state) {
  const absl::Duration ran = absl::Nanoseconds(state.finished_at - state.started_at);
  return absl::StrCat(std::max<int64_t>(0, absl::ToInt64Seconds(ran)));  // clocks may be set back
}

// Half of one, after a crash, is no harm: they are for people to look at.
absl::Status CopyPodFiles(const std::string& from, const std::string& to) {
  for (const char* name : runtime::kPodFileNames) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(JoinPath(from, name), kMaxPodFile));
    const std::string path = JoinPath(to, name);
    ASSIGN_OR_RETURN(const sys::Fd file,
                     ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(),
                                            O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, kPublicFile),
                                path));
    RETURN_IF_ERROR(ToStatus(sys::WriteAll(file.get(), text.data(), text.size()), path));
  }
  return absl::OkStatus();
}

}  // namespace

PodContainerEngine::~PodContainerEngine() {
  ending_ = true;
  due_.Stop();  // before the workers end, who may put something there
  if (watcher_.joinable()) {
    watcher_.join();
  }
}

void PodContainerEngine::Watch(const std::shared_ptr<runtime::EventQueue>& queue) {
  const Call call(absl::InfiniteFuture(), [this] { return ending_.load(); });
  while (!ending_) {
    const auto event = queue->Take(call);
    if (!event.ok() || (*event)->type != v1::CONTAINER_STOPPED_EVENT) {
      continue;
    }
    for (const runtime::ContainerSnapshot& container : (*event)->containers) {
      if (container.id == (*event)->id) {
        WithHold(container.id,
                 [this, container] { OnExit(container.id, container.pod_id, container); });
      }
    }
  }
}

// However long somebody else holds it: no worker waits for that.
void PodContainerEngine::WithHold(const std::string& id, std::function<void()> work) {
  holds_.WhenFree(id, [this, work = std::move(work)](KeyedHolds::Hold hold) {
    workers_.Schedule([work, hold = std::move(hold)] { work(); });
  });
}

// With the container held, puts an exit on record and ends the pod. One that has been put, or of a
// start that failed, is nobody's news.
void PodContainerEngine::OnExit(const std::string& id, const std::string& pod_id,
                                const std::optional<runtime::ContainerSnapshot>& exited) {
  const absl::StatusOr<EngineContainerRecord> before = table_->Find(id);
  if (!before.ok() || before->id != id || before->state.pod_id != pod_id) {
    return;
  }
  networks_.Ending(id);
  const absl::StatusOr<EngineContainerRecord> record = table_->Change(
      id,
      [&](EngineContainerRecord& changed) {
        EngineState& state = changed.state;
        state.pod_id.clear();
        state.exit_code = exited.has_value() ? exited->exit_code : kUnknownExitCode;
        state.finished_at = exited.has_value() ? exited->finished_at : absl::GetCurrentTimeNanos();
        if (state.health.status != HealthStatus::kNone) {
          state.health.status = HealthStatus::kUnhealthy;  // as Docker says of what has ended
        }
        state.paused_by_commit = false;
        state.oom_killed = exited.has_value() && exited->reason == "OOMKilled";
        state.status = ShouldRestart(changed) ? EngineStatus::kRestarting : EngineStatus::kExited;
        if (state.oom_killed) {
          Tell("oom", changed);
        }
        // Before who waits for the exit tells of what comes after.
        Tell("die", changed,
             {{"exitCode", absl::StrCat(state.exit_code)}, {"execDuration", SecondsRun(state)}});
      },
      /*force=*/true);
  if (record.ok() && !RemovesItself(*record)) {
    const absl::Status kept = KeepPodFiles(id, pod_id);
    LogIfError(absl::IsNotFound(kept) ? absl::OkStatus() : kept,  // gone with the boot
               "the files that a container had of its network are lost");
  }
  // Once the exit is on record: who waits for it does not wait for the network's teardown.
  RemoveEndedPod(pod_id);
  networks_.Stopped(id);
  if (record.ok()) {
    TellUse(Use::kEnds, *record);
    AfterExit(*record);
  }
}

// A plugin that fails now may work later.
void PodContainerEngine::RemoveEndedPod(const std::string& pod_id) {
  const absl::Status removed = runtime_.RemovePod(Call::WithTimeout(kTeardownTimeout), pod_id);
  LogIfError(removed, "the pod of a container that has ended stays for now");
  if (!removed.ok()) {
    RemoveLater(pod_id);
  }
}

void PodContainerEngine::RemoveLater(const std::string& pod_id) {
  removals_.Once(pod_id, SteadyNow() + kRemovalPause, [this, pod_id] { RemoveEndedPod(pod_id); });
}

// With the container held: its pod of before may still be there, of which it is no part any more.
absl::Status PodContainerEngine::ForgetEarlierRun(const Call& call, const std::string& id) {
  const std::optional<runtime::ContainerSnapshot> left = FindRun(id);
  if (!left.has_value()) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(runtime_.RemoveContainer(call, id));
  RemoveLater(left->pod_id);
  return absl::OkStatus();
}

// All of one run or none: what an earlier one has left does not stay beside them.
absl::Status PodContainerEngine::KeepPodFiles(const std::string& id,
                                              const std::string& pod_id) const {
  const std::string own = DirectoryOf(id);
  const absl::StatusOr<runtime::PodSnapshot> pod = runtime_.FindPod(pod_id);
  absl::Status kept = pod.ok() ? CopyPodFiles(pod->directory, own) : pod.status();
  if (!kept.ok()) {
    for (const char* name : runtime::kPodFileNames) {
      const std::string path = JoinPath(own, name);
      LogIfError(ToStatus(sys::RemoveFile(AT_FDCWD, path.c_str()), "remove ", path),
                 "a file that a container had of its network in an earlier run stays");
    }
  }
  return kept;
}

// It is so, on record or not.
void PodContainerEngine::Note(const std::string& id, absl::string_view what,
                              absl::FunctionRef<void(EngineContainerRecord&)> change) {
  LogIfError(table_->Change(id, change, /*force=*/true).status(), what);
}

// With the container held.
void PodContainerEngine::AfterExit(const EngineContainerRecord& record) {
  if (record.state.status == EngineStatus::kRestarting) {
    RestartLater(record.id, RestartPause(record));
  } else if (RemovesItself(record)) {
    RemoveItself(record);
  }
}

// With the container held. Who waits for its removal hears why it is still there; what keeps it may
// have gone the next time.
void PodContainerEngine::RemoveItself(const EngineContainerRecord& record) {
  const absl::Status removed =
      RemoveHeld(Call::WithTimeout(kTeardownTimeout), record, /*remove_volumes=*/true);
  if (removed.ok()) {
    return;
  }
  LogWarning("a container that removes itself stays for now",
             {{"container", record.id}, {"error", removed.ToString()}});
  Note(record.id, "note a removal that failed",
       [&](auto& changed) { changed.state.removal_error = std::string(removed.message()); });
  due_.Once(record.id, SteadyNow() + kRemovalPause,
            [this, id = record.id] { WithHold(id, [this, id] { RemoveItselfAgain(id); }); });
}

// With the container held; unless it was started meanwhile.
void PodContainerEngine::RemoveItselfAgain(const std::string& id) {
  const absl::StatusOr<EngineContainerRecord> record = table_->Find(id);
  if (record.ok() && !record->state.removal_error.empty()) {
    RemoveItself(*record);
  }
}

void PodContainerEngine::RestartLater(const std::string& id, absl::Duration pause) {
  due_.Once(id, SteadyNow() + pause,
            [this, id] { WithHold(id, [this, id] { RestartDue(id, kOthersPause); }); });
}

// With the container held.
void PodContainerEngine::AwaitOther(const EngineContainerRecord& record, const std::string& other,
                                    absl::Duration pause) {
  std::string error = absl::StrCat("waits for the container ", other, ", which does not run yet");
  if (record.state.error != error) {
    Note(record.id, "note for whom a container waits",
         [&](auto& changed) { changed.state.error = std::move(error); });
  }
  due_.Once(record.id, SteadyNow() + pause, [this, id = record.id, pause] {
    WithHold(id, [this, id, pause] { RestartDue(id, std::min(2 * pause, kLongestOthersPause)); });
  });
}

// With the container held. If it has to wait for another it looks again after `others_pause`.
void PodContainerEngine::RestartDue(const std::string& id, absl::Duration others_pause) {
  const Call call = Call::WithTimeout(kTeardownTimeout);
  const absl::StatusOr<EngineContainerRecord> record = table_->Find(id);
  if (!record.ok() || record->state.status != EngineStatus::kRestarting) {
    return;
  }
  const auto find = [this](absl::string_view name) { return table_->Find(name); };
  if (const std::string other = AwaitedOther(*record, find); !other.empty()) {
    AwaitOther(*record, other, others_pause);
    return;
  }
  Note(id, "count a restart", [](auto& changed) { ++changed.state.restart_count; });
  const absl::Status started = StartHeld(call, id);
  if (!started.ok()) {
    Note(id, "note a restart that failed", [](auto& changed) {
      if (!ShouldRestart(changed)) {  // else it is tried again, later each time
        changed.state.status = EngineStatus::kExited;
      }
    });
    LogWarning("a container cannot be restarted",
               {{"container", id}, {"error", started.ToString()}});
    const absl::StatusOr<EngineContainerRecord> after = table_->Find(id);
    if (after.ok() && after->state.status == EngineStatus::kRestarting) {
      AfterExit(*after);  // unless the start has put it there before it failed
    }
  }
}

// A commit's pause is over with its daemon, a user's is not. A start of which the daemon was killed
// before it had noted it is noted now.
void PodContainerEngine::NoteRunning(const EngineContainerRecord& record,
                                     const runtime::ContainerSnapshot& container) {
  const bool stays_paused = record.state.paused() && !record.state.paused_by_commit;
  LogIfError(runtime_.SetFrozen(Call::WithTimeout(kTeardownTimeout), record.id, stays_paused),
             "a container is not paused as its record says");
  Note(record.id, "note a container that runs", [&](EngineContainerRecord& changed) {
    EngineState& state = changed.state;
    if (state.started_at != container.started_at) {
      NoteStarted({container.pod_id, container.started_at}, changed);
    }
    state.pod_id = container.pod_id;
    state.status = stays_paused ? EngineStatus::kPaused : EngineStatus::kRunning;
    state.paused_by_commit = false;
  });
  LogIfError(networks_.Started(record.id, container.pod_id),
             "the networks of a container that runs");
}

// What an earlier daemon has left: pods of containers that have ended or were never on record, and
// containers that run though nobody had noted it.
void PodContainerEngine::ReconcileOne(const EngineContainerRecord& record) {
  const std::optional<runtime::ContainerSnapshot> container = FindRun(record.id);
  const bool runs = container.has_value() && container->state == v1::CONTAINER_RUNNING;
  if (record.state.dead()) {
    if (runs) {
      LogIfError(networks_.Started(record.id, container->pod_id), "a dead container's networks");
    }
  } else if (runs) {
    NoteRunning(record, *container);
  } else if (MayRun(container)) {
    LogIfError(networks_.Started(record.id, container->pod_id),
               "the networks of a container whose shim does not answer");
    LookAgainLater(record);
  } else if (record.state.status == EngineStatus::kRestarting) {
    AfterExit(record);
  } else if (record.state.running()) {
    OnExit(record.id, record.state.pod_id, container);
  } else if (StartsWithDaemon(record)) {
    const absl::StatusOr<EngineContainerRecord> changed = table_->Change(
        record.id, [](auto& due) { due.state.status = EngineStatus::kRestarting; },
        /*force=*/true);
    AfterExit(changed.value_or(record));
  } else if (record.state.finished_at != 0) {
    AfterExit(record);
  }
}

// Unless it has been started or stopped meanwhile, or the runtime has told of its exit.
void PodContainerEngine::LookAgainLater(const EngineContainerRecord& record) {
  const auto look = [this, id = record.id, before = record.state] {
    const absl::StatusOr<EngineContainerRecord> now = table_->Find(id);
    if (!now.ok() || now->state.status != before.status || now->state.pod_id != before.pod_id ||
        now->state.started_at != before.started_at) {
      return;
    }
    const std::optional<runtime::ContainerSnapshot> run = FindRun(id);
    if (!before.running() && !MayRun(run)) {
      networks_.Stopped(id);  // else OnExit says so
      if (run.has_value()) {
        RemoveLater(run->pod_id);
      }
    }
    ReconcileOne(*now);
  };
  // Not under the id: a restart may come before.
  due_.Once(absl::StrCat("look/", record.id), SteadyNow() + kSilentPause,
            [this, id = record.id, look] { WithHold(id, look); });
}

absl::Status PodContainerEngine::Reconcile() {
  networks_.ForgetAllBut([this](const std::string& id) { return table_->Find(id).ok(); });
  for (const EngineContainerRecord& record : table_->All()) {
    UseVolumes(record);
  }
  volumes_.RemoveDrafts(Call::WithTimeout(kTeardownTimeout),
                        [this](const std::string& id) { return table_->Find(id).ok(); });
  for (const EngineContainerRecord& record : table_->All()) {
    if (!MayRun(FindRun(record.id))) {
      networks_.Stopped(record.id);  // it may have ended since its names were put
    }
    ReconcileOne(record);
  }
  networks_.LetPublished();
  std::set<std::string> live;
  for (const EngineContainerRecord& record : table_->All()) {
    live.insert(PodOf(record));
    if (const auto run = FindRun(record.id); MayRun(run)) {
      live.insert(run->pod_id);
    }
  }
  for (const runtime::PodSnapshot& pod : runtime_.Pods()) {
    if (live.count(pod.id) == 0) {
      LogIfError(runtime_.RemovePod(Call::WithTimeout(kTeardownTimeout), pod.id),
                 "a pod of no container stays");
    }
  }
  return RemoveStrays();
}

// Roots and directories that no record owns: their removal has failed, or was never begun.
absl::Status PodContainerEngine::RemoveStrays() {
  RemoveRootsOf(images_, [this](const std::string& owner) {
    return absl::StartsWith(owner, kEngineRootOwner) &&
           !table_->Find(owner.substr(kEngineRootOwner.size())).ok();
  });
  std::set<std::string> ids;
  ASSIGN_OR_RETURN(
      sys::DirectoryReader directories,
      ToStatusOr(sys::DirectoryReader::Open(AT_FDCWD, directory_.c_str()), directory_));
  while (true) {
    ASSIGN_OR_RETURN(const dirent* const entry, ToStatusOr(directories.Next(), directory_));
    if (entry == nullptr) {
      break;
    }
    ids.insert(entry->d_name);
  }
  for (const std::string& id : ids) {
    if (!table_->Find(id).ok()) {
      RemoveFiles(id, 0);
    }
  }
  return absl::OkStatus();
}

absl::Status PodContainerEngine::Open(EngineDatabase& database) {
  ASSIGN_OR_RETURN(table_, ContainerTable::Open(database));
  RETURN_IF_ERROR(EnsureDirectories(directory_, kPrivateDirectory));
  const std::shared_ptr<runtime::EventQueue> queue = runtime_.SubscribeToEvents();
  RETURN_IF_ERROR(Reconcile());
  watcher_ = StartLastingThread("engine-watch", [this, queue] { Watch(queue); });
  return absl::OkStatus();
}

}  // namespace berth::cri
