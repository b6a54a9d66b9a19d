// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_stop.h"

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container_kill.h"
#include "runtime/spec/stop_signal.h"
#include "runtime/timeouts.h"

namespace berth::runtime {
namespace {

// When the kill is repeated on the agenda after the caller's own.
constexpr absl::Duration kRetryAfter = absl::Seconds(1);

// Also for a caller that has left meanwhile.
void SendStopSignal(const Container& container) {
  const int signal = SignalNumber(container.stop_signal());
  const absl::Status sent = container.pod()->shim().Signal(
      Call::WithTimeout(kShimAnswerTimeout), container.id(), signal, /*all_processes=*/false);
  LogIfError(sent, absl::StrCat("container ", container.id(),
                                " gets no stop signal; it is killed when its grace is over"));
}

// What has not begun to run is owed no grace.
absl::Status EndBeginning(const Call& call, Container& container) {
  RETURN_IF_ERROR(container.EndStart(call));
  return container.pod()->operations().Acquire(call, "stop container").status();
}

// The kill itself happens on the agenda, whether or not the caller stays.
absl::Status AwaitExit(const Call& call, Container& container) {
  while (!container.WaitExited(call.NextLook())) {
    RETURN_IF_ERROR(Annotate(call.Check(), absl::StrCat("stop container ", container.id())));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status StopContainer(RuntimeContext& context, const Call& call,
                           const std::shared_ptr<Container>& container, absl::Duration grace) {
  const absl::Status begun = EndBeginning(call, *container);
  const bool at_once = grace <= absl::ZeroDuration();
  const absl::Time kill_at = SteadyNow() + (at_once ? absl::ZeroDuration() : grace);
  if (!container->has_process() && !container->start_is_cancelled()) {
    return begun;
  }
  if (!container->has_process()) {
    container->RequestKill(kill_at);  // it may have begun before it heard of the end
  } else if (container->RequestStop(kill_at) && !at_once) {
    SendStopSignal(*container);
  }
  ScheduleKill(context, container, at_once && begun.ok() ? kill_at + kRetryAfter : kill_at);
  RETURN_IF_ERROR(begun);
  if (at_once) {
    LogIfError(KillContainer(context, call, container), "killing goes on");
  }
  RETURN_IF_ERROR(AwaitExit(call, *container));
  // With a shared PID namespace others may outlive the first process.
  return Cgroup(context.hierarchies, container->cgroup())
      .Kill(call.Within(kKillTimeout).deadline());
}

}  // namespace berth::runtime
