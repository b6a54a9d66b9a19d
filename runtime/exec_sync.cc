// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec_sync.h"

#include <errno.h>
#include <poll.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/deadline.h"
#include "base/status.h"
#include "runtime/container_exec.h"
#include "runtime/output_collector.h"

namespace berth::runtime {
namespace {

// How long output is awaited after the exit: a process left in the background may hold the pipe for
// ever.
constexpr absl::Duration kDrainTimeout = absl::Seconds(2);

constexpr size_t kMaxAllOutput = 128 << 20;

// Of all commands in the process, whose memory tenants would fill.
OutputBudget& Budget() {
  static OutputBudget budget(kMaxAllOutput);
  return budget;
}

// A command in progress: its connection and its output.
class RunningCommand {
 public:
  explicit RunningCommand(std::unique_ptr<ProcessSession> session)
      : session_(std::move(session)),
        out_(session_->TakeOutput(), kMaxExecOutput, Budget()),
        err_(session_->TakeError(), kMaxExecOutput, Budget()) {}

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

  // Ends the command, and returns when it and its descendants have ended.
  void Abort() {
    session_.reset();
    const int pipes[] = {out_.fd(), err_.fd()};
    AwaitRelease(pipes);
  }

 private:
  bool Done() const { return exit_code_.has_value() && !out_.open() && !err_.open(); }

  absl::Status Poll(absl::Time until) {
    pollfd entries[] = {{out_.open() ? out_.fd() : -1, POLLIN, 0},
                        {err_.open() ? err_.fd() : -1, POLLIN, 0},
                        {exit_code_.has_value() ? -1 : session_->event_fd(), POLLIN, 0}};
    if (poll(entries, std::size(entries), PollTimeout(until)) < 0 && errno != EINTR) {
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
    const std::optional<absl::StatusOr<int32_t>> exit = session_->Exit();
    if (exit.has_value()) {
      RETURN_IF_ERROR(exit->status());
      exit_code_ = **exit;
      drain_until_ = SteadyNow() + kDrainTimeout;
    }
    return absl::OkStatus();
  }

  std::unique_ptr<ProcessSession> session_;
  OutputCollector out_;
  OutputCollector err_;
  std::optional<int32_t> exit_code_;
  absl::Time drain_until_;
};

absl::StatusOr<ExecResult> Finish(const Call& call, std::unique_ptr<ProcessSession> session) {
  RunningCommand running(std::move(session));
  absl::StatusOr<ExecResult> result = running.Finish(call);
  if (absl::IsDeadlineExceeded(result.status()) || absl::IsCancelled(result.status())) {
    running.Abort();
  }
  return result;
}

}  // namespace

absl::StatusOr<ExecResult> ExecSync(RuntimeContext& context, const Call& call,
                                    const Container& container,
                                    const std::vector<std::string>& command,
                                    absl::Duration timeout) {
  const Call bounded = timeout > absl::ZeroDuration() ? call.Within(timeout) : call;
  absl::StatusOr<std::unique_ptr<ProcessSession>> session = StartExec(
      context, bounded, container, {.arguments = command}, {.output = true, .error = true});
  absl::StatusOr<ExecResult> result =
      session.ok() ? Finish(bounded, *std::move(session)) : session.status();
  if (absl::IsDeadlineExceeded(result.status()) || absl::IsCancelled(result.status())) {
    return Annotate(result.status(), absl::StrCat("command ", command.front(), " in container ",
                                                  container.id(), " was killed"));
  }
  return result;
}

}  // namespace berth::runtime
