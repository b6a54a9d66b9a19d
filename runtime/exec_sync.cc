// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/pipe.h"
#include "runtime/output_collector.h"
#include "runtime/spec/exec_planner.h"

namespace berth::runtime {
namespace {

// How long output is awaited after the exit: a process left in the background may hold the pipe for
// ever.
constexpr absl::Duration kDrainTimeout = absl::Seconds(2);
// How long processes that were killed may take to end.
constexpr absl::Duration kAbortTimeout = absl::Seconds(5);
constexpr absl::Duration kStartTimeout = absl::Minutes(1);

constexpr size_t kMaxAllOutput = 128 << 20;

// Of all commands in the process, whose memory tenants would fill.
OutputBudget& Budget() {
  static OutputBudget budget(kMaxAllOutput);
  return budget;
}

absl::StatusOr<sys::Pipe> MakeOutput() {
  ASSIGN_OR_RETURN(sys::Pipe pipe, ToStatusOr(sys::MakePipe(), "make a pipe for the output"));
  RETURN_IF_ERROR(ToStatus(sys::SetNonBlocking(pipe.reader.get()), "make a pipe for the output"));
  return pipe;
}

// A command in progress: its connection and its output.
class RunningCommand {
 public:
  RunningCommand(ShimConnection connection, sys::Fd out, sys::Fd err)
      : connection_(std::move(connection)),
        out_(std::move(out), kMaxExecOutput, Budget()),
        err_(std::move(err), kMaxExecOutput, Budget()) {}

  // Until the exit is known and all output read, or the drain's time is over.
  absl::StatusOr<ExecResult> Finish(const Call& call) {
    while (!Done()) {
      const Call now = exit_code_.has_value() ? Call(drain_until_) : call;
      if (absl::Status status = now.Check(); !status.ok()) {
        if (exit_code_.has_value()) {
          break;
        }
        return status;
      }
      RETURN_IF_ERROR(Poll(now.NextLook()));
    }
    return ExecResult{out_.Take(), err_.Take(), *exit_code_};
  }

  // Closing the connection makes the shim kill the command; their output ends when they have.
  void Abort() {
    connection_.Close();
    const absl::Time until = absl::Now() + kAbortTimeout;
    while ((out_.open() || err_.open()) && absl::Now() < until && Poll(until).ok()) {
    }
  }

  absl::Status AwaitStart(const Call& call) {
    ASSIGN_OR_RETURN(ShimReply reply, connection_.Receive(call));
    if (reply.type == ReplyType::kFailed) {
      return absl::InternalError(FailureText(reply));
    }
    return absl::OkStatus();
  }

 private:
  bool Done() const { return exit_code_.has_value() && !out_.open() && !err_.open(); }

  absl::Status Poll(absl::Time until) {
    pollfd entries[] = {{out_.open() ? out_.fd() : -1, POLLIN, 0},
                        {err_.open() ? err_.fd() : -1, POLLIN, 0},
                        {exit_code_.has_value() ? -1 : connection_.fd(), POLLIN, 0}};
    const int64_t timeout = absl::ToInt64Milliseconds(until - absl::Now()) + 1;
    if (poll(entries, std::size(entries), static_cast<int>(std::max<int64_t>(timeout, 0))) < 0 &&
        errno != EINTR) {
      return ErrnoStatus(sys::Errno::Last("poll"), "wait for the command");
    }
    if (entries[0].revents != 0) {
      out_.Drain();
    }
    if (entries[1].revents != 0) {
      err_.Drain();
    }
    return entries[2].revents != 0 ? TakeExit() : absl::OkStatus();
  }

  absl::Status TakeExit() {
    ASSIGN_OR_RETURN(ShimReply reply, connection_.Receive(Call::WithTimeout(kAbortTimeout)));
    if (reply.type == ReplyType::kExited) {
      exit_code_ = reply.exit_code;
      drain_until_ = absl::Now() + kDrainTimeout;
    }
    return absl::OkStatus();
  }

  ShimConnection connection_;
  OutputCollector out_;
  OutputCollector err_;
  std::optional<int32_t> exit_code_;
  absl::Time drain_until_;
};

absl::StatusOr<std::unique_ptr<RunningCommand>> StartCommand(const Call& call,
                                                             const Container& container,
                                                             const ExecPlan& plan) {
  ASSIGN_OR_RETURN(sys::Fd input, ToStatusOr(sys::OpenAt(AT_FDCWD, "/dev/null", O_RDONLY),
                                             "open the command's input"));
  ASSIGN_OR_RETURN(sys::Pipe out, MakeOutput());
  ASSIGN_OR_RETURN(sys::Pipe err, MakeOutput());
  const int stdio[] = {input.get(), out.writer.get(), err.writer.get()};
  ASSIGN_OR_RETURN(ShimConnection connection, container.pod()->shim().Exec(call, plan, stdio));
  return std::make_unique<RunningCommand>(std::move(connection), std::move(out.reader),
                                          std::move(err.reader));
}

absl::StatusOr<ExecPlan> PlanCommand(RuntimeContext& context, const Container& container,
                                     const std::vector<std::string>& command) {
  ASSIGN_OR_RETURN(const std::string encoded, context.records->ReadPlan(container.id()));
  ASSIGN_OR_RETURN(const LaunchPlan plan,
                   ToStatusOr(DecodeLaunchPlan(encoded.data(), encoded.size()),
                              "read the plan of container ", container.id()));
  return PlanExec(container.id(), plan.process, command, /*terminal=*/false);
}

}  // namespace

absl::StatusOr<ExecResult> ExecSync(RuntimeContext& context, const Call& call,
                                    const Container& container,
                                    const std::vector<std::string>& command,
                                    absl::Duration timeout) {
  const Call bounded = timeout > absl::ZeroDuration() ? call.Within(timeout) : call;
  if (!container.WaitStarted(bounded.Within(kStartTimeout).deadline()) || !container.running()) {
    return absl::FailedPreconditionError(
        absl::StrCat("container ", container.id(), " is not running"));
  }
  ASSIGN_OR_RETURN(const ExecPlan plan, PlanCommand(context, container, command));
  ASSIGN_OR_RETURN(const std::unique_ptr<RunningCommand> running,
                   StartCommand(bounded, container, plan));
  absl::Status status = running->AwaitStart(bounded.Within(kStartTimeout));
  absl::StatusOr<ExecResult> result =
      status.ok() ? running->Finish(bounded) : absl::StatusOr<ExecResult>(status);
  if (absl::IsDeadlineExceeded(result.status()) || absl::IsCancelled(result.status())) {
    running->Abort();
    return Annotate(result.status(), absl::StrCat("command ", command.front(), " in container ",
                                                  container.id(), " was killed"));
  }
  return result;
}

}  // namespace berth::runtime
