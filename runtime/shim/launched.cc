// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/launched.h"

#include <signal.h>

#include <utility>

#include "runtime/shim/left_process.h"

namespace berth::shim {

void Launched::Begin(sys::ClonedProcess cloned, Way way, sys::Fd reports) {
  pid_ = cloned.pid;
  pidfd_ = std::move(cloned.pidfd);
  way_ = way;
  reports_ = std::move(reports);
}

bool Launched::ReceiveReports() {
  const bool ended = shim::ReceiveReports(reports_.get(), progress_);
  if (way_ == Way::kByLauncher && progress_.reporter != 0 && progress_.reporter != pid_) {
    way_ = Way::kCloned;
    pid_ = progress_.reporter;
    // Our child, not reaped before it has been heard. A failure leaves us without a way to signal
    // it alone; its cgroup is left.
    sys::ErrnoOr<sys::Fd> opened = sys::OpenProcess(pid_);
    pidfd_ = opened.ok() ? *std::move(opened) : sys::Fd();
  }
  return ended;
}

bool Launched::Ended() {
  if (way_ != Way::kByLauncher || progress_.failure.happened() || pid_ == 0) {
    return true;
  }
  pid_ = 0;
  pidfd_ = sys::Fd();
  return false;
}

void Launched::NoteEnd(pid_t pid, sys::ExitStatus status, const char* pid_file) {
  if (sys::ErrnoOr<pid_t> left = ReadPidFile(pid_file); left.ok() && *left == pid) {
    ended_ = pid;
    end_ = status;
  }
}

// Only a child of ours is what the program has left, whatever its file says.
Failure Launched::Adopt(pid_t left) {
  if (left != ended_) {
    sys::ErrnoOr<sys::ClonedProcess> process = OpenLeftProcess(left);
    if (!process.ok()) {
      return {runtime::LaunchStep::kTakeOver, process.error().code};
    }
    pidfd_ = std::move(process->pidfd);
  }
  pid_ = left;
  if (!progress_.terminal.master.is_open()) {
    return {};
  }
  sys::ErrnoOr<sys::Terminal> terminal = ReceiveTerminal(progress_.terminal.master.get());
  if (!terminal.ok()) {
    return {runtime::LaunchStep::kTerminal, terminal.error().code};
  }
  progress_.terminal = *std::move(terminal);
  return {};
}

std::optional<sys::ExitStatus> Launched::TakeOver(sys::ExitStatus program, const char* pid_file) {
  way_ = Way::kCloned;
  pid_ = 0;
  pidfd_ = sys::Fd();
  sys::ErrnoOr<pid_t> left = ReadPidFile(pid_file);
  const Failure found =
      left.ok() ? Adopt(*left) : Failure{runtime::LaunchStep::kTakeOver, left.error().code};
  if (executing() && program.code != 0) {
    progress_.failure = {runtime::LaunchStep::kProgram, program.code};
  } else if (executing()) {
    progress_.failure = found;
  }
  if (!executing()) {
    (void)Signal(SIGKILL);
    return std::nullopt;
  }
  return pid_ == ended_ ? std::optional(end_) : std::nullopt;
}

sys::Result Launched::Signal(int signal) const {
  if (!pidfd_.is_open()) {
    return sys::Errno{ESRCH, "signal"};
  }
  return sys::SignalProcess(pidfd_.get(), signal);
}

}  // namespace berth::shim
