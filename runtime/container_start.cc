// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/fd.h"
#include "base/sys/file.h"
#include "runtime/bundle_files.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container_events.h"
#include "runtime/container_exit.h"
#include "runtime/container_restore.h"
#include "runtime/hook_bundle.h"
#include "runtime/placement.h"
#include "runtime/pod_table.h"
#include "runtime/timeouts.h"

namespace berth::runtime {
namespace {

constexpr absl::Duration kStartTimeout = absl::Minutes(2);
constexpr mode_t kLogDirectoryMode = 0755;
// In Docker's words, for whoever looks them up.
constexpr char kTwoKinds[] =
    ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified "
    "host path exists and is the expected type";

// Directories below the pod's are made inside it, wherever links in it lead.
absl::Status MakeLogDirectory(const Container& container) {
  ASSIGN_OR_RETURN(const LogPlace log, PlaceLog(container.pod()->config(), container.config()));
  if (log.file.empty()) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(
      Annotate(EnsureDirectories(log.directory, kLogDirectoryMode), "make the log directory"));
  ASSIGN_OR_RETURN(const sys::Fd directory,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, log.directory.c_str(), O_PATH | O_DIRECTORY),
                              "open ", log.directory));
  const std::string below(ParentPath(log.file));
  return ToStatus(sys::EnsureDirectoryInRoot(directory.get(), below.c_str(), kLogDirectoryMode),
                  "make the directory of ", log.path());
}

void FailStart(RuntimeContext& context, const std::shared_ptr<Container>& container,
               absl::string_view message) {
  ContainerExit exit;
  exit.record.exit_code = kStartErrorCode;
  exit.reason = kStartError;
  exit.message = std::string(message);
  exit.record.finished_at = absl::GetCurrentTimeNanos();
  ApplyExit(context, container, exit);
}

// No answer has come, so it may run or yet begin to: after this it does not.
absl::Status FailUnanswered(RuntimeContext& context, const std::shared_ptr<Container>& container,
                            const absl::Status& status) {
  LogIfError(container->pod()->shim().Signal(Call::WithTimeout(kShimAnswerTimeout), container->id(),
                                             SIGKILL, /*all_processes=*/true),
             "ignored: killing a container that may have started");
  const Cgroup cgroup(context.hierarchies, container->cgroup());
  LogIfError(cgroup.Kill(SteadyNow() + kKillTimeout),
             "a container that may have started cannot be killed");
  FailStart(context, container, status.message());
  return status;
}

// "/src on /data", of a part of a source "/src/part on /data".
std::string TextOf(const MountPlan& mount) {
  if (mount.source.empty()) {
    return mount.destination;
  }
  return absl::StrCat(mount.source, mount.sub_path.empty() ? "" : "/", mount.sub_path, " on ",
                      mount.destination);
}

// Whether a file may have met a directory.
bool MayBeOfTwoKinds(const ShimReply& reply, const LaunchPlan& plan) {
  return reply.step == LaunchStep::kMounts && (reply.error == ENOTDIR || reply.error == EINVAL) &&
         reply.item < plan.mounts.size() && plan.mounts[reply.item].kind == MountKind::kBind;
}

// The path or so that the failing step was about; empty when it has none.
std::string ItemOf(const ShimReply& reply, const LaunchPlan& plan) {
  auto at = [&reply](const auto& items, auto name) {
    return reply.item < items.size() ? name(items[reply.item]) : std::string();
  };
  auto self = [](const std::string& path) { return path; };
  switch (reply.step) {
    case LaunchStep::kMounts:
      return at(plan.mounts, TextOf);
    case LaunchStep::kDevices:
      return at(plan.devices, [](const DevicePlan& device) { return device.path; });
    case LaunchStep::kHooks:
      return at(plan.hooks, [](const HookPlan& hook) { return hook.path; });
    case LaunchStep::kMaskedPaths:
      return at(plan.masked_paths, self);
    case LaunchStep::kReadOnlyPaths:
      return at(plan.read_only_paths, self);
    case LaunchStep::kWorkingDirectory:
      return plan.process.working_directory;
    case LaunchStep::kExec:
      return plan.process.arguments.empty() ? "" : plan.process.arguments.front();
    case LaunchStep::kLog:
      return plan.log_path;
    default:
      return "";
  }
}

// What the program that was to start the container says itself.
std::string SaidByProgram(absl::string_view encoded_plan) {
  const auto plan = DecodeLaunchPlan(encoded_plan.data(), encoded_plan.size());
  return plan.ok() ? ProgramSays(plan->program) : "";
}

// What is needed on this side before the shim is asked.
struct Preparation {
  std::string plan;
  HookBundle bundle;
};

absl::StatusOr<Preparation> PrepareStart(RuntimeContext& context, const Container& container) {
  ASSIGN_OR_RETURN(std::string plan, ReadStartPlan(context, container.id()));
  RETURN_IF_ERROR(MakeLogDirectory(container));
  ASSIGN_OR_RETURN(HookBundle bundle, HookBundle::Make(plan));
  return Preparation{std::move(plan), std::move(bundle)};
}

absl::Status AskShim(RuntimeContext& context, const Call& call,
                     const std::shared_ptr<Container>& container) {
  const absl::StatusOr<Preparation> prepared = PrepareStart(context, *container);
  if (!prepared.ok()) {
    FailStart(context, container, prepared.status().message());
    return prepared.status();
  }
  const std::string& plan = prepared->plan;
  absl::StatusOr<ShimReply> reply =
      container->pod()->shim().Start(call.Within(kStartTimeout), container->id(), plan);
  if (!reply.ok()) {
    return FailUnanswered(context, container, reply.status());
  }
  if (reply->type == ReplyType::kStarted) {
    ApplyStart(context, *container, *reply);
    return absl::OkStatus();
  }
  std::string message = StartFailure(*reply, plan);
  if (reply->step == LaunchStep::kHooks) {
    absl::StrAppend(&message, ": ", prepared->bundle.Output());
  }
  if (reply->step == LaunchStep::kProgram) {
    absl::StrAppend(&message, SaidByProgram(plan), RestoreErrors(context, container->id()));
  }
  FailStart(context, container, message);
  return absl::InternalError(absl::StrCat("start container ", container->id(), ": ", message));
}

absl::Status AskHooks(RuntimeContext& context, const Call& call,
                      const std::shared_ptr<Container>& container) {
  LifecycleHooks* hooks = ListeningHooks(context);
  if (hooks == nullptr) {
    return absl::OkStatus();
  }
  absl::Status asked =
      hooks->BeforeStart(call, container->pod()->Snapshot(), container->Snapshot());
  if (!asked.ok()) {
    FailStart(context, container, asked.message());
  }
  return asked;
}

// The pod's lock is for the decision alone. Hooks and programs may take minutes over a start, in
// which nothing else of the pod has to wait: the container's own state keeps others from it.
absl::Status BecomeStarter(const Call& call, Container& container) {
  Pod& pod = *container.pod();
  ASSIGN_OR_RETURN(OperationLock::Held held, pod.operations().Acquire(call, "start container"));
  RETURN_IF_ERROR(pod.CheckReady());
  return container.BeginStart();
}

}  // namespace

void ApplyStart(RuntimeContext& context, Container& container, const ShimReply& reply) {
  if (reply.started_at != 0) {  // else it is on its way, and may yet be restored
    FinishRestore(context, container);
  }
  // A daemon that has lost the record learns of it from the shim.
  const std::optional<ContainerState> state = container.MarkRunning(reply.pid, reply.started_at);
  if (state.has_value()) {
    LogStart(container);
  }
  LogIfError(RecordContainer(context, container, state), "record a running container");
  TellStarted(context, container);
}

std::string StartFailure(const ShimReply& reply, absl::string_view encoded_plan) {
  const auto plan = DecodeLaunchPlan(encoded_plan.data(), encoded_plan.size());
  if (!plan.ok()) {
    return FailureText(reply, "");
  }
  std::string text = FailureText(reply, ItemOf(reply, *plan));
  return MayBeOfTwoKinds(reply, *plan) ? text + kTwoKinds : text;
}

absl::Status StartContainer(RuntimeContext& context, const Call& call,
                            const std::shared_ptr<Container>& container) {
  const absl::Time start = SteadyNow();
  RETURN_IF_ERROR(BecomeStarter(call, *container));
  const absl::Cleanup finish = [&] { container->FinishStart(); };
  const Call endable(call.deadline(),
                     [&] { return call.cancelled() || container->start_is_cancelled(); });
  absl::Status started = AskHooks(context, endable, container);
  if (started.ok()) {
    started = AskShim(context, endable, container);
  }
  if (!started.ok()) {
    return container->start_is_cancelled()
               ? absl::AbortedError(
                     absl::StrCat("container ", container->id(), ": ", kStoppedWhileStarting))
               : started;
  }
  Tell(context, Turn::kContainerStarted, *container);
  ObserveStart(context, "start", start);
  return absl::OkStatus();
}

}  // namespace berth::runtime
