// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include "runtime/shim/supervisor.h"

// Programs of the host that start processes in our stead (ProgramPlan).
namespace berth::shim {

void Supervisor::OnStartingProgramEnded(size_t number, sys::ExitStatus program) {
  Container& container = *containers_.At(number);
  (void)poller_.Remove(container.report_fd());
  (void)container.ReceiveReports();
  const std::optional<sys::ExitStatus> ended = container.TakeOver(program);
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
  const std::optional<sys::ExitStatus> ended = exec.TakeOver(program);
  if (ended.has_value() || !exec.executing()) {
    OnExecEnded(number, ended.value_or(sys::ExitStatus()));
  } else {
    FinishExecStart(number);
  }
}

// It may be what a program has left whose own end we have yet to see.
void Supervisor::NoteEnd(pid_t pid, sys::ExitStatus status) {
  containers_.ForEach([=](size_t, Container& each) {
    if (each.by_program()) {
      each.NoteEnd(pid, status);
    }
  });
  execs_.ForEach([=](size_t, ExecProcess& each) {
    if (each.by_program()) {
      each.NoteEnd(pid, status);
    }
  });
}

}  // namespace berth::shim
