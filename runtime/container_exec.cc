// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/deadline.h"
#include "base/file.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "runtime/bundle_files.h"
#include "runtime/container.h"
#include "runtime/container_control.h"
#include "runtime/pod_table.h"
#include "runtime/spec/exec_planner.h"
#include "runtime/timeouts.h"

namespace berth::runtime {
namespace {

constexpr absl::Duration kStartTimeout = absl::Minutes(1);
constexpr absl::Duration kReleaseTimeout = absl::Seconds(5);
constexpr absl::Duration kAskAfter = absl::Seconds(1);
constexpr int kNoSignal = 0;  // as kill(2) has it: sent to nobody

// A regular file of the root that the container's first process has.
absl::StatusOr<std::string> ReadInContainer(const Container& container, absl::string_view path,
                                            size_t max_bytes) {
  const std::string root_path = absl::StrCat("/proc/", container.state().pid, "/root");
  ASSIGN_OR_RETURN(const sys::Fd root,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, root_path.c_str(), O_PATH | O_DIRECTORY),
                              "open the container's root"));
  RETURN_IF_ERROR(container.CheckRunning());  // so it was its own root
  ASSIGN_OR_RETURN(
      const sys::Fd place,
      ToStatusOr(sys::OpenInRoot(root.get(), std::string(path).c_str(), O_PATH), "open ", path));
  ASSIGN_OR_RETURN(const struct stat status, ToStatusOr(sys::Stat(place.get()), "stat ", path));
  if (!S_ISREG(status.st_mode)) {  // to open a device would be to use it
    return absl::InvalidArgumentError(absl::StrCat(path, " is no regular file"));
  }
  const std::string opened = absl::StrCat("/proc/self/fd/", place.get());
  ASSIGN_OR_RETURN(const sys::Fd file,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, opened.c_str(), O_RDONLY), "open ", path));
  return ReadDescriptor(file.get(), max_bytes);
}

absl::StatusOr<ExecPlan> PlanCommand(RuntimeContext& context, const Container& container,
                                     const ExecCommand& command, bool terminal) {
  ASSIGN_OR_RETURN(const LaunchPlan plan, ReadLaunchPlan(context, container));
  return PlanExec(
      container.id(), plan.process, command, terminal,
      [&](absl::string_view path, size_t max_bytes) {
        return ReadInContainer(container, path, max_bytes);
      },
      context.facts.capabilities);
}

// What becomes 0, 1 and 2 of a process without a terminal.
struct ChildEnds {
  sys::Fd null;
  std::array<sys::Fd, 3> fds;

  std::array<int, 3> Numbers() const {
    std::array<int, 3> numbers;
    std::transform(fds.begin(), fds.end(), numbers.begin(),
                   [this](const sys::Fd& fd) { return fd.is_open() ? fd.get() : null.get(); });
    return numbers;
  }
};

absl::Status OpenOutput(bool wanted, sys::Fd& ours, sys::Fd& child) {
  if (wanted) {
    ASSIGN_OR_RETURN(sys::Pipe pipe, MakeOutputPipe());
    ours = std::move(pipe.reader);
    child = std::move(pipe.writer);
  }
  return absl::OkStatus();
}

absl::Status OpenStreams(const StreamChoice& streams, ProcessEnds& ours, ChildEnds& child) {
  ASSIGN_OR_RETURN(child.null, ToStatusOr(sys::OpenAt(AT_FDCWD, "/dev/null", O_RDWR),
                                          "open what stands for a stream"));
  if (streams.input) {
    ASSIGN_OR_RETURN(sys::Pipe pipe, ToStatusOr(sys::MakePipe(), "make a pipe for the input"));
    RETURN_IF_ERROR(ToStatus(sys::SetNonBlocking(pipe.writer.get()), "make a pipe for the input"));
    child.fds[0] = std::move(pipe.reader);
    ours.input = std::move(pipe.writer);
  }
  RETURN_IF_ERROR(OpenOutput(streams.output, ours.output, child.fds[1]));
  return OpenOutput(streams.error, ours.error, child.fds[2]);
}

absl::Status UseTerminal(const StreamChoice& streams, ProcessEnds& ours) {
  if (streams.input) {
    ASSIGN_OR_RETURN(ours.input,
                     ToStatusOr(sys::Duplicate(ours.terminal.get()), "share the terminal"));
  }
  if (streams.output) {
    ASSIGN_OR_RETURN(ours.output,
                     ToStatusOr(sys::Duplicate(ours.terminal.get()), "share the terminal"));
  }
  return absl::OkStatus();
}

// What the failing step was about; empty when it has nothing.
std::string ItemOf(LaunchStep step, const ProcessPlan& process) {
  switch (step) {
    case LaunchStep::kExec:
      return process.arguments.empty() ? "" : process.arguments.front();
    case LaunchStep::kWorkingDirectory:
      return process.working_directory;
    default:
      return "";
  }
}

// A command may take long to start; a shim that works answers others meanwhile.
absl::StatusOr<ShimReply> ReceiveStart(const Call& call, const Container& container,
                                       ShimConnection& connection, sys::Fd& terminal) {
  absl::StatusOr<ShimReply> reply =
      connection.Receive(call.Within(kAskAfter), std::span(&terminal, 1));
  if (!absl::IsDeadlineExceeded(reply.status()) || !call.Check().ok()) {
    return reply;
  }
  const absl::Status answered =
      container.pod()->shim().Signal(call.Within(kShimPatience), container.id(), kNoSignal,
                                     /*all_processes=*/false);
  if (absl::IsDeadlineExceeded(answered) && call.Check().ok()) {
    return SilentShim(container);
  }
  return connection.Receive(call, std::span(&terminal, 1));
}

absl::Status AwaitStart(const Call& call, const Container& container, ShimConnection& connection,
                        const ExecPlan& plan, ProcessEnds& ours) {
  ASSIGN_OR_RETURN(const ShimReply reply, ReceiveStart(call, container, connection, ours.terminal));
  ours.pid = reply.pid;
  if (reply.type != ReplyType::kFailed) {
    return absl::OkStatus();
  }
  if (reply.step == LaunchStep::kProgram) {
    return absl::InternalError(absl::StrCat(FailureText(reply), ProgramSays(plan.program)));
  }
  const absl::Status refusal = RefusalOf(reply);
  return absl::IsFailedPrecondition(refusal) || absl::IsResourceExhausted(refusal)
             ? refusal
             : absl::InternalError(FailureText(reply, ItemOf(reply.step, plan.process)));
}

}  // namespace

absl::Status SilentShim(const Container& container) {
  return absl::UnavailableError(
      absl::StrCat("the shim of pod ", container.pod_id(), " does not answer"));
}

absl::StatusOr<sys::Pipe> MakeOutputPipe() {
  ASSIGN_OR_RETURN(sys::Pipe pipe, ToStatusOr(sys::MakePipe(), "make a pipe for the output"));
  RETURN_IF_ERROR(ToStatus(sys::SetNonBlocking(pipe.reader.get()), "make a pipe for the output"));
  return pipe;
}

absl::Status AwaitRunning(const Call& call, const Container& container) {
  const Call bounded = call.Within(kStartTimeout);
  while (!container.WaitStarted(bounded.NextLook())) {
    RETURN_IF_ERROR(Annotate(bounded.Check(),
                             absl::StrCat("container ", container.id(), " is still starting")));
  }
  return container.CheckRunning();
}

// A pipe that nobody writes to hangs up, whatever is still in it.
void AwaitRelease(std::span<const int> pipes) {
  const absl::Time until = SteadyNow() + kReleaseTimeout;
  for (const int pipe : pipes) {
    pollfd entry = {pipe, 0, 0};
    int left = 0;
    do {
      left = PollTimeout(until);
    } while (pipe >= 0 && left > 0 && poll(&entry, 1, left) < 0 && errno == EINTR);
  }
}

absl::StatusOr<std::unique_ptr<ProcessSession>> StartExec(RuntimeContext& context, const Call& call,
                                                          const Container& container,
                                                          const ExecCommand& command,
                                                          const StreamChoice& streams) {
  RETURN_IF_ERROR(AwaitRunning(call, container));
  ASSIGN_OR_RETURN(const bool frozen, IsFrozen(context, container));
  if (frozen) {  // the command would be frozen before it executes
    return absl::FailedPreconditionError(absl::StrCat(
        "container ", container.id(), " is paused, unpause the container before exec"));
  }
  ASSIGN_OR_RETURN(ExecPlan plan, PlanCommand(context, container, command, streams.terminal));
  std::optional<ExecBundle> bundle;
  if (!Handlers::IsOwn(container.pod()->handler())) {
    ASSIGN_OR_RETURN(ExecBundle made, ExecBundle::Make(context, container, plan));
    bundle.emplace(std::move(made));
  }
  ProcessEnds ours;
  std::optional<ChildEnds> child;
  std::array<int, 3> stdio;
  if (!streams.terminal) {
    RETURN_IF_ERROR(OpenStreams(streams, ours, child.emplace()));
    stdio = child->Numbers();
  }
  ASSIGN_OR_RETURN(ShimConnection connection,
                   container.pod()->shim().Exec(
                       call, plan, std::span(stdio).first(streams.terminal ? 0 : stdio.size())));
  child.reset();
  const absl::Status started =
      AwaitStart(call.Within(kStartTimeout), container, connection, plan, ours);
  if (!started.ok()) {
    connection.Close();
    if (!call.cancelled() && !absl::IsUnavailable(started)) {  // else the shim still has them
      const int pipes[] = {ours.output.get(), ours.error.get()};
      AwaitRelease(pipes);
    }
    return started;
  }
  if (streams.terminal) {
    RETURN_IF_ERROR(UseTerminal(streams, ours));
  }
  ours.shim = connection.Release();
  return std::make_unique<ProcessSession>(ProcessSession::Kind::kExec, std::move(ours));
}

}  // namespace berth::runtime
