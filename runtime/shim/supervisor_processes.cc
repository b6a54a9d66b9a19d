// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <utility>

#include "base/sys/inode.h"
#include "base/sys/process.h"
#include "base/sys/user_namespace.h"
#include "runtime/shim/supervisor.h"

namespace berth::shim {
namespace {

ContainerSpace container_space[runtime::kMaxContainersPerPod];

// A process of another pod: "/<pid>/<inode of its PID namespace>". By now the number may be of
// another process, which is in another namespace then.
sys::ErrnoOr<sys::Fd> OpenProcessOf(const char* name) {
  char* end = nullptr;
  const auto pid = static_cast<pid_t>(strtol(name + 1, &end, 10));
  const unsigned long inode = *end == '/' ? strtoul(end + 1, nullptr, 10) : 0;
  SYS_ASSIGN_OR_RETURN(sys::Fd process, sys::OpenProcess(pid));
  SYS_ASSIGN_OR_RETURN(const sys::Fd space, sys::OpenNamespaceOf(pid, "pid"));
  SYS_ASSIGN_OR_RETURN(const struct stat info, sys::Stat(space.get()));
  return info.st_ino == inode ? sys::ErrnoOr<sys::Fd>(std::move(process))
                              : sys::Errno{ESRCH, "pid target"};
}

}  // namespace

// The pidfd of a process in the namespace that the container joins; -1: none but its own or ours.
sys::ErrnoOr<int> Supervisor::PidNamespaceFor(const runtime::LaunchHeader& header,
                                              sys::Fd& of_other_pod) {
  switch (header.pid_namespace) {
    case runtime::PidNamespace::kPrivate:
    case runtime::PidNamespace::kHost:
      return -1;
    case runtime::PidNamespace::kPod:
      return pod_.init.is_open() ? sys::ErrnoOr<int>(pod_.init.get())
                                 : sys::Errno{ESRCH, "pod init"};
    case runtime::PidNamespace::kTarget: {
      if (header.pid_target.starts_with('/')) {
        SYS_ASSIGN_OR_RETURN(of_other_pod, OpenProcessOf(header.pid_target.data()));
        return of_other_pod.get();
      }
      Container* target = containers_.At(FindContainer(header.pid_target));
      bool running = target != nullptr && target->state() == Container::State::kRunning;
      return running ? sys::ErrnoOr<int>(target->pidfd()) : sys::Errno{ESRCH, "pid target"};
    }
  }
  return sys::Errno{EINVAL, "pid namespace"};
}

Failure Supervisor::StartContainer(size_t number, const PlanMapping& plan) {
  sys::ErrnoOr<runtime::LaunchHeader> header = runtime::ReadLaunchHeader(plan.bytes(), plan.size());
  if (!header.ok()) {
    return {runtime::LaunchStep::kDecodePlan, header.error().code};
  }
  if (shutting_down_) {
    return {runtime::LaunchStep::kProtocol, ESHUTDOWN};
  }
  if (FindContainer(header->container_id) != Containers::kNone) {
    return {runtime::LaunchStep::kProtocol, EEXIST};
  }
  sys::Fd of_other_pod;
  sys::ErrnoOr<int> pid_namespace = PidNamespaceFor(*header, of_other_pod);
  if (!pid_namespace.ok()) {
    return {runtime::LaunchStep::kNamespaces, pid_namespace.error().code};
  }
  size_t slot = containers_.FindEmpty();
  if (slot == Containers::kNone) {
    return {runtime::LaunchStep::kProtocol, ENOSPC};
  }
  Container& container = containers_.Put(slot, container_space[slot]);
  Failure failure = container.Start(pod_, plan, *header, *pid_namespace);
  if (!failure.happened()) {
    sys::Result watched = poller_.Add(container.report_fd(), EPOLLIN, Tag(Source::kReport, slot));
    failure = watched.ok() ? Failure{} : Failure{runtime::LaunchStep::kClone, watched.error().code};
  }
  if (failure.happened()) {
    (void)container.Signal(SIGKILL);
    RemoveContainer(slot);
    return failure;
  }
  BindAttachments(slot);
  WatchOutput(slot);
  connections_.At(number)->Begin(Connection::Purpose::kStart, slot);
  return {};
}

void Supervisor::WatchOutput(size_t number) {
  for (LogStream name : {LogStream::kStdout, LogStream::kStderr}) {
    WatchStream(number, name);
  }
}

// Unless it is held up. Then it is not watched at all, or its end would wake us again and again.
void Supervisor::WatchStream(size_t number, LogStream name) {
  Container* container = containers_.At(number);
  if (container == nullptr || !container->stream(name).is_open()) {
    return;
  }
  OutputStream& stream = container->stream(name);
  const bool wanted = !IsHeldUp(number, name);
  if (stream.watched() == wanted) {
    return;
  }
  stream.set_watched(wanted);
  Source source = name == LogStream::kStdout ? Source::kStdout : Source::kStderr;
  if (!wanted) {
    (void)poller_.Remove(stream.fd());
  } else if (!poller_.Add(stream.fd(), EPOLLIN, Tag(source, number)).ok()) {
    stream.Finish(container->log());  // the process gets EPIPE instead of waiting for ever
  }
}

void Supervisor::OnReport(size_t number, bool ended) {
  Container* container = containers_.At(number);
  if (container == nullptr || container->state() != Container::State::kStarting ||
      container->awaits_left() || (!container->ReceiveReports() && !ended)) {
    return;
  }
  if (!ended) {
    // A process that reports a failure is ending: wait until it is gone, so that its cgroup is
    // empty when its creator is told. One that executes is running.
    (void)poller_.Remove(container->report_fd());
    const bool started = container->executing() && !container->by_program();
    if (!started && container->pid() != 0) {
      container->EndFailed();
      return;
    }
  }
  Failure failure = container->FinishStart(ended);
  if (failure.happened()) {
    OnStartFailed(number, failure);
  } else {
    OnStarted(number);
  }
}

size_t Supervisor::StarterOf(size_t number) {
  return connections_.Find([number](const Connection& connection) {
    return connection.purpose() == Connection::Purpose::kStart && connection.subject() == number;
  });
}

void Supervisor::OnStarted(size_t number) {
  Container& container = *containers_.At(number);
  TellStart(number);
  if (container.has_terminal()) {
    WatchOutput(number);
  }
  const size_t starter = StarterOf(number);
  Connection* connection = connections_.At(starter);
  if (connection == nullptr) {
    Announce(number);
    return;
  }
  runtime::ShimReply reply;
  container.Describe(reply);
  reply.type = runtime::ReplyType::kStarted;
  reply.pid = container.pid();  // though it may have ended already
  connection->Finish();
  if (!connection->Reply(reply)) {
    Close(starter);
  }
}

// Nobody who asked for it may be left: then that it failed is what its exit tells.
void Supervisor::OnStartFailed(size_t number, const Failure& failure) {
  FailAttachments(number, failure);
  const size_t starter = StarterOf(number);
  if (starter == Connections::kNone) {
    containers_.At(number)->EndUnstarted(pod_.exits.get());
    Settle(number);
    return;
  }
  RemoveContainer(number);
  connections_.At(starter)->Finish();
  Fail(starter, failure);
}

void Supervisor::OnOutput(size_t number, LogStream name) {
  Container* container = containers_.At(number);
  if (container == nullptr || !container->stream(name).is_open()) {
    return;
  }
  OutputStream& stream = container->stream(name);
  if (!stream.watched()) {  // any more: held up by what came before in the same round
    return;
  }
  const OutputStream::Chunk chunk = stream.Read(container->log());
  if (chunk.ended) {
    (void)poller_.Remove(stream.fd());
    stream.Finish(container->log());
    EndStream(number, name);
    Settle(number);
  } else if (!chunk.bytes.empty()) {
    Give(number, name, chunk.bytes);
  }
}

// The last of it, of which what does not fit is lost to an attacher.
void Supervisor::DrainOutput(size_t number) {
  constexpr int kMaxReads = 32;  // a writer that outlives the container may go on for ever
  Container& container = *containers_.At(number);
  for (LogStream name : {LogStream::kStdout, LogStream::kStderr}) {
    OutputStream& stream = container.stream(name);
    for (int i = 0; i < kMaxReads && stream.is_open(); ++i) {
      const OutputStream::Chunk chunk = stream.Read(container.log());
      if (chunk.bytes.empty()) {
        break;
      }
      Give(number, name, chunk.bytes);
    }
    if (stream.is_open() && stream.watched()) {
      (void)poller_.Remove(stream.fd());
    }
  }
}

void Supervisor::OnExecReport(size_t number) {
  ExecProcess* exec = execs_.At(number);
  if (exec == nullptr || exec->state() != ExecProcess::State::kStarting || exec->awaits_left() ||
      !exec->ReceiveReports()) {
    return;
  }
  (void)poller_.Remove(exec->report_fd());
  if (exec->executing() && !exec->by_program()) {
    FinishExecStart(number);
  } else if (exec->pid() == 0) {
    OnExecEnded(number, {});
  } else {
    exec->EndFailed();
  }
}

// The process executes, or it has been reaped.
void Supervisor::FinishExecStart(size_t number) {
  ExecProcess& exec = *execs_.At(number);
  Failure failure = exec.FinishStart();
  if (!exec.connected()) {
    return;
  }
  size_t client = exec.connection();
  if (failure.happened()) {
    connections_.At(client)->Finish();
    exec.Disconnect();
    Fail(client, failure);
    return;
  }
  runtime::ShimReply reply;
  reply.type = runtime::ReplyType::kStarted;
  reply.pid = exec.pid();
  sys::Fd terminal = exec.TakeTerminal();
  const int master[] = {terminal.get()};
  if (!connections_.At(client)->Reply(reply, std::span(master).first(terminal.is_open() ? 1 : 0))) {
    Close(client);
  }
}

// What is on its way may have become another process, known from its reports only.
void Supervisor::HearLaunches() {
  containers_.ForEach([](size_t, Container& each) {
    if (each.state() == Container::State::kStarting) {
      (void)each.ReceiveReports();
    }
  });
  execs_.ForEach([](size_t, ExecProcess& each) {
    if (each.state() == ExecProcess::State::kStarting) {
      (void)each.ReceiveReports();
    }
  });
}

// A child is heard before it is reaped: until then its number is its own.
void Supervisor::ReapChildren() {
  while (const pid_t pid = sys::FindEndedChild()) {
    HearLaunches();
    sys::ErrnoOr<sys::ExitStatus> status = sys::ReapChild(pid);
    if (!status.ok()) {
      return;
    }
    OnEnded(pid, *status);
  }
}

void Supervisor::OnEnded(pid_t pid, sys::ExitStatus status) {
  size_t container = containers_.Find([pid](const Container& each) { return each.RunsAs(pid); });
  if (container != Containers::kNone) {
    containers_.At(container)->by_program() ? OnStartingProgramEnded(container, status)
                                            : OnContainerEnded(container, status);
    return;
  }
  size_t exec = execs_.Find([pid](const ExecProcess& each) { return each.RunsAs(pid); });
  if (exec != Execs::kNone) {
    execs_.At(exec)->by_program() ? OnJoiningProgramEnded(exec, status) : OnExecEnded(exec, status);
  } else if (pid == pod_.init_pid) {
    pod_.init = sys::Fd();
  } else {
    // A launcher, or left to us by a container in the host's PID namespace, or by a program.
    recent_ends_.Add(pid, status);
  }
}

void Supervisor::OnContainerEnded(size_t number, sys::ExitStatus status) {
  Container* container = containers_.At(number);
  if (container->state() == Container::State::kStarting) {
    if (!container->HasEnded()) {
      return;
    }
    (void)poller_.Remove(container->report_fd());
    OnReport(number, true);
    container = containers_.At(number);
    if (container == nullptr || container->state() == Container::State::kExited ||
        !container->was_started()) {
      return;
    }
  }
  container->End(pod_.exits.get(), status);
  Settle(number);
}

void Supervisor::OnExecEnded(size_t number, sys::ExitStatus status) {
  ExecProcess* exec = execs_.At(number);
  if (exec->state() == ExecProcess::State::kStarting) {
    if (!exec->HasEnded()) {
      return;
    }
    (void)poller_.Remove(exec->report_fd());
    (void)exec->ReceiveReports();
    FinishExecStart(number);
  }
  exec->End();
  if (exec->connected()) {
    size_t client = exec->connection();
    runtime::ShimReply reply;
    reply.type = runtime::ReplyType::kExited;
    reply.exit_code = status.code;
    connections_.At(client)->Finish();
    exec->Disconnect();
    if (!connections_.At(client)->Reply(reply)) {
      Close(client);
    }
  }
  SettleExec(number);
}

// Moves a container on that is ending, as far as it can go now.
void Supervisor::Settle(size_t number) {
  Container* container = containers_.At(number);
  if (container == nullptr || container->state() != Container::State::kEnding) {
    return;
  }
  bool nothing_left = container->KillStragglers() && container->output_ended();
  if (!nothing_left && sys::MonotonicTime() < container->output_deadline()) {
    return;
  }
  DrainOutput(number);
  container->FinishOutput();
  EndAttachments(number, container->exit_code());
  Announce(number);
}

void Supervisor::SettleExec(size_t number) {
  ExecProcess* exec = execs_.At(number);
  if (exec->Settle() && exec->RemoveCgroup()) {
    execs_.Remove(number);
  }
}

void Supervisor::RemoveContainer(size_t number) {
  execs_.ForEach([number](size_t, ExecProcess& exec) {
    if (exec.container() == number) {
      exec.LeaveCgroup();
    }
  });
  containers_.Remove(number);
}

}  // namespace berth::shim
