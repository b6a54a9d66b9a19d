// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_restore.h"

#include <errno.h>
#include <fcntl.h>

#include <array>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/file.h"
#include "base/log.h"
#include "base/new_file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/checkpoint/criu.h"
#include "runtime/checkpoint/criu_arguments.h"
#include "runtime/checkpoint/criu_restore.h"
#include "runtime/checkpoint/plan_traits.h"
#include "runtime/checkpoint/saved_container.h"
#include "runtime/checkpoint/saved_files.h"
#include "runtime/leftovers.h"
#include "runtime/pod_table.h"
#include "runtime/spec/user_namespace.h"

namespace berth::runtime {
namespace {

constexpr char kRestores[] = "restores";
constexpr char kPlan[] = "plan";
constexpr int kMaxScoreRounds = 16;

bool IsThere(const std::string& path) {
  return sys::StatAt(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW).ok();
}

// Whether it had another.
sys::ErrnoOr<bool> SetOomScore(int pid, const std::string& score) {
  const std::string path = absl::StrCat("/proc/", pid, "/oom_score_adj");
  SYS_ASSIGN_OR_RETURN(const sys::Fd file, sys::OpenAt(AT_FDCWD, path.c_str(), O_RDWR));
  std::array<char, 16> text;
  SYS_ASSIGN_OR_RETURN(const size_t size, sys::ReadFull(file.get(), text));
  if (absl::StripAsciiWhitespace(absl::string_view(text.data(), size)) == score) {
    return false;
  }
  SYS_RETURN_IF_ERROR(sys::WriteAll(file.get(), score.data(), score.size()));
  return true;
}

// One that is forked meanwhile has its parent's: until there is none to change.
absl::Status SetOomScores(const Cgroup& cgroup, const std::string& score) {
  for (int round = 0; round < kMaxScoreRounds; ++round) {
    ASSIGN_OR_RETURN(const std::vector<int> processes, cgroup.Processes());
    bool changed = false;
    for (int pid : processes) {
      const sys::ErrnoOr<bool> was_other = SetOomScore(pid, score);
      if (was_other.ok()) {
        changed = changed || *was_other;
      } else if (was_other.error().code != ENOENT && was_other.error().code != ESRCH) {
        return ToStatus(was_other, "set the OOM score of process ", pid);
      }
    }
    if (!changed) {
      return absl::OkStatus();
    }
  }
  return absl::AbortedError("its processes fork faster than they are found");
}

}  // namespace

std::string RestoreDirectory(const RuntimeContext& context, absl::string_view container_id) {
  return absl::StrCat(context.options.paths.root, "/", kRestores, "/", container_id);
}

absl::Status PrepareRestore(RuntimeContext& context, const Call& call, const std::string& criu,
                            absl::string_view container_id) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Container> container,
                   FindContainerOf(context, container_id));
  const Pod& pod = *container->pod();
  ASSIGN_OR_RETURN(OperationLock::Held held,
                   container->pod()->operations().Acquire(call, "prepare a restore"));
  const std::string directory = RestoreDirectory(context, container->id());
  ASSIGN_OR_RETURN(const std::string text,
                   ReadFile(JoinPath(directory, kSavedContainer), kMaxSavedContainer));
  ASSIGN_OR_RETURN(const SavedContainer saved, ParseSavedContainer(text));
  if (saved.pod_namespace != pod.config().metadata().namespace_()) {
    return absl::PermissionDeniedError(
        "the checkpoint is of another Kubernetes namespace than the pod");
  }
  ASSIGN_OR_RETURN(LaunchPlan plan, ReadLaunchPlan(context, *container));
  RETURN_IF_ERROR(CheckCanBeSaved(plan));
  ASSIGN_OR_RETURN(const IdRange ids,
                   PlanUserNamespace(pod.config().linux().security_context().namespace_options(),
                                     context.facts));
  if (ids.count > 0) {
    return absl::FailedPreconditionError(
        "a checkpoint cannot be restored in a pod with a user namespace");
  }
  RETURN_IF_ERROR(CheckTraits(saved.traits, TraitsOf(plan)));
  plan.program = PlanRestore(criu, directory, JoinPath(pod.directory(), "root"), saved, plan);
  return WriteNewFile(JoinPath(directory, kPlan), Encode(plan));
}

absl::StatusOr<std::string> ReadStartPlan(RuntimeContext& context,
                                          const std::string& container_id) {
  const std::string directory = RestoreDirectory(context, container_id);
  if (!IsThere(directory)) {
    return context.records->ReadPlan(container_id);
  }
  absl::StatusOr<std::string> plan = ReadFile(JoinPath(directory, kPlan), kMaxPlanSize);
  if (absl::IsNotFound(plan.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat("container ", container_id, " was not wholly prepared for its restore"));
  }
  return plan;
}

void FinishRestore(RuntimeContext& context, const Container& container) {
  if (!IsThere(RestoreDirectory(context, container.id()))) {
    return;
  }
  const int64_t score = container.config().linux().resources().oom_score_adj();
  LogIfError(SetOomScores(Cgroup(context.hierarchies, container.cgroup()), absl::StrCat(score)),
             "a restored container keeps the OOM score that was saved");
  context.agenda->Now([&context, id = container.id()] { DropRestore(context, id); });
}

std::string RestoreErrors(const RuntimeContext& context, const std::string& container_id) {
  const std::string directory = RestoreDirectory(context, container_id);
  return IsThere(directory)
             ? absl::StrCat("; criu: ",
                            CriuErrors(ReadCriuLog(JoinPath(directory, kCriuRestoreLog))))
             : "";
}

void DropRestore(const RuntimeContext& context, absl::string_view container_id) {
  const std::string directory = RestoreDirectory(context, container_id);
  LogIfError(ToStatus(sys::RemoveTree(AT_FDCWD, directory.c_str()), "remove ", directory),
             "what a container was restored from stays until the next start");
}

void SettleRestores(RuntimeContext& context) {
  for (const std::string& id :
       ObjectsIn(absl::StrCat(context.options.paths.root, "/", kRestores))) {
    const std::shared_ptr<Container> container = context.containers.Find(id);
    if (container == nullptr || container->exited()) {
      DropRestore(context, id);
    } else if (container->running() && container->state().started_at != 0) {
      FinishRestore(context, *container);
    }
  }
}

}  // namespace berth::runtime
