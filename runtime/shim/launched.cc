// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/launched.h"

#include <signal.h>

#include <utility>

#include "base/sys/clock.h"
#include "runtime/shim/cgroup.h"
#include "runtime/shim/left_process.h"

namespace berth::shim {
namespace {

constexpr int64_t kLeaveTime = 5 * sys::kSecond;

}  // namespace

void Launched::Begin(sys::ClonedProcess cloned, Way way, sys::Fd reports) {
  pid_ = cloned_ = cloned.pid;
  pidfd_ = std::move(cloned.pidfd);
  way_ = way;
  reports_ = std::move(reports);
}

bool Launched::ReceiveReports() {
  all_reported_ = shim::ReceiveReports(reports_.get(), progress_) || all_reported_;
  if (way_ == Way::kByLauncher && progress_.reporter != 0 && progress_.reporter != cloned_) {
    way_ = Way::kCloned;
    pid_ = progress_.reporter;
    // Our child, not reaped before it has been heard. A failure leaves us without a way to signal
    // it alone; its cgroup is left.
    sys::ErrnoOr<sys::Fd> opened = sys::OpenProcess(pid_);
    pidfd_ = opened.ok() ? *std::move(opened) : sys::Fd();
  }
  return all_reported_;
}

bool Launched::Ended() {
  if (way_ != Way::kByLauncher || all_reported_ || progress_.failure.happened() || pid_ == 0) {
    return true;
  }
  pid_ = 0;
  pidfd_ = sys::Fd();
  return false;
}

// Only a child of ours is what the program has left, whatever its file says.
Failure Launched::Adopt(pid_t left, std::span<const char* const> cgroups, const RecentEnds& ends) {
  sys::ErrnoOr<sys::ClonedProcess> process = OpenLeftProcess(left);
  if (process.ok()) {
    pidfd_ = std::move(process->pidfd);
    sys::Result placed = ConfirmCgroupsOf(left, cgroups);
    sys::ErrnoOr<bool> over = sys::HasChildEnded(pidfd_.get());
    if (!placed.ok() && over.ok() && !*over) {
      return {runtime::LaunchStep::kCgroup, placed.error().code};
    }
  } else if (end_ = ends.Find(left); !end_.has_value()) {
    return {runtime::LaunchStep::kTakeOver, process.error().code};
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

// Some programs end before a helper, whose child the process is until then. And who is about to end
// has left its cgroups already.
bool Launched::MayYetBeLeft(const Failure& found) {
  const int64_t now = sys::MonotonicTime();
  if (leave_deadline_ == 0) {
    leave_deadline_ = now + kLeaveTime;
  }
  const bool is_helpers = found.step == runtime::LaunchStep::kTakeOver && found.error == ECHILD;
  return (is_helpers || found.step == runtime::LaunchStep::kCgroup) && now < leave_deadline_;
}

std::optional<sys::ExitStatus> Launched::TakeOver(sys::ExitStatus program, const char* pid_file,
                                                  std::span<const char* const> cgroups,
                                                  const RecentEnds& ends) {
  pid_ = 0;
  pidfd_ = sys::Fd();
  sys::ErrnoOr<pid_t> left = ReadPidFile(pid_file);
  const Failure found = left.ok() ? Adopt(*left, cgroups, ends)
                                  : Failure{runtime::LaunchStep::kTakeOver, left.error().code};
  if (executing() && program.code == 0 && MayYetBeLeft(found)) {
    return std::nullopt;
  }
  way_ = Way::kCloned;
  if (executing() && program.code != 0) {
    progress_.failure = {runtime::LaunchStep::kProgram, program.code};
  } else if (executing()) {
    progress_.failure = found;
  }
  if (!executing()) {
    (void)Signal(SIGKILL);
    return std::nullopt;
  }
  return end_;
}

void Launched::EndFailed() const {
  if (progress_.failure.happened()) {
    (void)Signal(SIGKILL);
  }
}

sys::Result Launched::Signal(int signal) const {
  if (!pidfd_.is_open()) {
    return sys::Errno{ESRCH, "signal"};
  }
  return sys::SignalProcess(pidfd_.get(), signal);
}

}  // namespace berth::shim
