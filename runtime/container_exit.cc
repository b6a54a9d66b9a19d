// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_exit.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container_events.h"
#include "runtime/container_start.h"
#include "runtime/pod_table.h"
#include "runtime/timeouts.h"

namespace berth::runtime {
namespace {

// Processes that outlived the first one (in a shared PID namespace) end, and the shim may forget
// the exit, which is on record now.
void CleanUpAfterExit(RuntimeContext& context, const Container& container) {
  LogIfError(Cgroup(context.hierarchies, container.cgroup()).Kill(SteadyNow() + kKillTimeout),
             "processes of an exited container live on; stopping its pod kills them");
  const absl::Status forgotten =
      container.pod()->shim().Forget(Call::WithTimeout(kShimAnswerTimeout), container.id());
  if (!forgotten.ok() && !absl::IsUnavailable(forgotten)) {
    LogDebug("the shim still remembers an exited container",
             {{"container", container.id()}, {"error", forgotten.ToString()}});
  }
}

}  // namespace

ContainerExit ExitOf(const ShimReply& reply) {
  ContainerExit exit;
  exit.record = {.exit_code = reply.exit_code,
                 .oom_killed = reply.oom_killed != 0,
                 .started_at = reply.started_at,
                 .finished_at = reply.finished_at};
  return exit;
}

ContainerExit UnknownExit(absl::string_view message) {
  ContainerExit exit;
  exit.record.exit_code = kUnknownExitCode;
  exit.record.finished_at = absl::GetCurrentTimeNanos();
  exit.reason = "Unknown";
  exit.message = std::string(message);
  return exit;
}

void ApplyExit(RuntimeContext& context, const std::shared_ptr<Container>& container,
               const ContainerExit& exit) {
  const std::optional<ContainerState> state = container->MarkExited(exit);
  if (!state.has_value()) {
    return;
  }
  context.kills->Drop(container->id());
  TellStopped(context, *container);
  context.sampler.Forget(container->id());
  if (exit.record.oom_killed) {
    context.metrics.oom_kills.Increment();
  }
  if (state->started_at != 0) {
    LogStart(*container);
  }
  const std::string code = absl::StrCat(state->exit_code);
  LogInfo("container exited",
          {{"container", container->id()}, {"exit_code", code}, {"reason", state->reason}});
  Tell(context, Turn::kContainerExited, *container);
  // Without a record the shim must go on remembering: the next daemon asks it.
  if (absl::Status recorded = RecordContainer(context, *container, state); !recorded.ok()) {
    LogError("cannot record the exit of a container",
             {{"container", container->id()}, {"error", recorded.ToString()}});
    return;
  }
  context.agenda->Now([&context, container] { CleanUpAfterExit(context, *container); });
}

void ApplyReply(RuntimeContext& context, const ShimReply& reply) {
  const bool exited = reply.type == ReplyType::kExited ||
                      (reply.type == ReplyType::kContainer && reply.running == 0);
  const bool running = reply.type == ReplyType::kContainer && reply.running != 0;
  const std::string id = ContainerIdOf(reply);
  std::shared_ptr<Container> container = context.containers.Find(id);
  if (container == nullptr || container->id() != id) {
    return;  // removed meanwhile
  }
  if (exited) {
    ApplyExit(context, container, ExitOf(reply));
  } else if (running && !(container->running() && container->state().started_at != 0)) {
    ApplyStart(context, *container, reply);
  }
}

}  // namespace berth::runtime
