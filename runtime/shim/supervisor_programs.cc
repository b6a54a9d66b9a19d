// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include "runtime/shim/supervisor.h"

// Programs of the host that start processes in our stead (ProgramPlan).
namespace berth::shim {

void Supervisor::OnStartingProgramEnded(size_t number, sys::ExitStatus program) {
  Container& container = *containers_.At(number);
  (void)poller_.Remove(container.report_fd());
  (void)container.ReceiveReports();
  const std::optional<sys::ExitStatus> ended = container.TakeOver(program, recent_ends_);
  if (container.awaits_left()) {
    return;
  }
  const Failure failure = container.FinishStart(ended.has_value());
  if (failure.happened()) {
    (void)container.SignalAll(SIGKILL);
    OnStartFailed(number, failure);
    return;
  }
  OnStarted(number);
  if (ended.has_value()) {
    OnContainerEnded(number, *ended);
  }
}

void Supervisor::OnJoiningProgramEnded(size_t number, sys::ExitStatus program) {
  ExecProcess& exec = *execs_.At(number);
  (void)poller_.Remove(exec.report_fd());
  (void)exec.ReceiveReports();
  const std::optional<sys::ExitStatus> ended = exec.TakeOver(program, recent_ends_);
  if (exec.awaits_left()) {
    return;
  }
  if (ended.has_value() || !exec.executing()) {
    OnExecEnded(number, ended.value_or(sys::ExitStatus()));
  } else {
    FinishExecStart(number);
  }
}

// Programs have ended whose helpers have not. Each end of a child of ours is a chance.
bool Supervisor::TakeOverLeft() {
  bool busy = false;
  containers_.ForEach([&](size_t number, Container& container) {
    if (container.awaits_left()) {
      OnStartingProgramEnded(number, sys::ExitStatus());
      busy = true;
    }
  });
  execs_.ForEach([&](size_t number, ExecProcess& exec) {
    if (exec.awaits_left()) {
      OnJoiningProgramEnded(number, sys::ExitStatus());
      busy = true;
    }
  });
  return busy;
}

}  // namespace berth::shim
