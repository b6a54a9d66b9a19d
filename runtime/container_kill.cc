// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_kill.h"

#include <signal.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container_exit.h"
#include "runtime/timeouts.h"

namespace berth::runtime {
namespace {

constexpr absl::Duration kReportTimeout = absl::Seconds(1);  // after the cgroup was killed
constexpr absl::Duration kFirstPause = absl::Milliseconds(500);
constexpr absl::Duration kLongestPause = absl::Seconds(30);

bool KillByShim(const Call& call, Container& container) {
  const Call bounded = call.Within(kShimAnswerTimeout);
  const absl::Status sent = container.pod()->shim().Signal(bounded, container.id(), SIGKILL,
                                                           /*all_processes=*/true);
  return sent.ok() && container.WaitExited(bounded.deadline());
}

absl::Status KillByCgroup(RuntimeContext& context, const Call& call,
                          const std::shared_ptr<Container>& container) {
  const Cgroup cgroup(context.hierarchies, container->cgroup());
  ASSIGN_OR_RETURN(const bool was_empty, cgroup.IsEmpty());
  RETURN_IF_ERROR(cgroup.Kill(call.Within(kKillTimeout).deadline()));
  if (container->WaitExited(call.Within(kReportTimeout).deadline())) {
    return absl::OkStatus();
  }
  ContainerExit exit = UnknownExit("its shim did not report how it ended");
  if (!was_empty) {
    exit.record.exit_code = kKilledExitCode;
    exit.reason = "Error";
    exit.message = "killed while its shim did not answer";
  }
  ApplyExit(context, container, exit);
  return absl::OkStatus();
}

// A start that has no process yet, which has been told to end.
bool IsStarting(Container& container) {
  return !container.has_process() && !container.exited() &&
         !container.EndStart(Call(SteadyNow())).ok();
}

void KillUntilGone(RuntimeContext& context, const std::shared_ptr<Container>& container,
                   absl::Duration pause) {
  if (IsStarting(*container)) {  // looked at again: there are few threads for kills
    context.kills->Once(container->id(), SteadyNow() + kFirstPause,
                        [&context, container] { KillUntilGone(context, container, kFirstPause); });
    return;
  }
  const absl::Status killed =
      KillContainer(context, Call::WithTimeout(kShimAnswerTimeout + kKillTimeout), container);
  if (killed.ok()) {
    return;
  }
  LogWarning("a container cannot be killed; trying again",
             {{"container", container->id()}, {"error", killed.ToString()}});
  context.kills->Once(container->id(), SteadyNow() + pause, [&context, container, pause] {
    KillUntilGone(context, container, std::min(2 * pause, kLongestPause));
  });
}

}  // namespace

absl::Status KillContainer(RuntimeContext& context, const Call& call,
                           const std::shared_ptr<Container>& container) {
  if (!container->has_process() || KillByShim(call, *container)) {
    return absl::OkStatus();
  }
  return Annotate(KillByCgroup(context, call, container),
                  absl::StrCat("kill container ", container->id()));
}

void ScheduleKill(RuntimeContext& context, const std::shared_ptr<Container>& container,
                  absl::Time at) {
  context.kills->Once(container->id(), at, [&context, container] {
    if (container->kill_at() <= SteadyNow()) {
      KillUntilGone(context, container, kFirstPause);
    }
  });
  if (container->exited()) {  // so that nobody else drops it
    context.kills->Drop(container->id());
  }
}

}  // namespace berth::runtime
