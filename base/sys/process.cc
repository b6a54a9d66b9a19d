// SPDX-License-Identifier: Apache-2.0
#include "base/sys/process.h"

#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#ifndef P_PIDFD
#define P_PIDFD 3  // an enumerator in glibc, absent from musl 1.2.3
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

namespace berth::sys {
namespace {

constexpr int kLastSignal = 64;

int ExitCode(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

// waitid(2) for an exited child, without waiting. Nothing: it has not ended.
ErrnoOr<std::optional<ExitStatus>> Reap(int id_type, id_t id) {
  siginfo_t info = {};
  while (waitid(static_cast<idtype_t>(id_type), id, &info, WEXITED | WNOHANG) != 0) {
    if (errno != EINTR) {
      return Errno::Last("waitid");
    }
  }
  if (info.si_pid == 0) {
    return std::optional<ExitStatus>();
  }
  return std::optional<ExitStatus>(ExitStatus{ExitCode(info)});
}

}  // namespace

Process::~Process() {
  if (pidfd_.is_open()) {
    (void)SignalProcess(pidfd_.get(), SIGKILL);  // ESRCH: it has ended, which is what we want
    siginfo_t info = {};
    while (waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_.get()), &info,
                  WEXITED) != 0 &&
           errno == EINTR) {
    }
  }
}

Result Process::Signal(int signal) const {
  return SignalProcess(pidfd_.get(), signal);
}

ErrnoOr<ExitStatus> Process::Wait(int64_t deadline) {
  while (true) {
    SYS_ASSIGN_OR_RETURN(std::optional<ExitStatus> status,
                         Reap(P_PIDFD, static_cast<id_t>(pidfd_.get())));
    if (status.has_value()) {
      pidfd_ = Fd();
      return *status;
    }
    SYS_RETURN_IF_ERROR(AwaitExit(pidfd_.get(), deadline));
  }
}

ErrnoOr<Fd> OpenProcess(pid_t pid) {
  long fd = syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0 && errno == EINVAL) {
    // Older kernels (6.1) say this of one that has been reaped and whose number a session or a
    // process group still has.
    return Errno{ESRCH, "pidfd_open"};
  }
  if (fd < 0) {
    return Errno::Last("pidfd_open");
  }
  return Fd(static_cast<int>(fd));
}

Result SignalProcess(int pidfd, int signal) {
  return ResultOf(syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0), "pidfd_send_signal");
}

Result AwaitExit(int pidfd, int64_t deadline) {
  while (true) {
    pollfd entry = {pidfd, POLLIN, 0};
    int ready = poll(&entry, 1, deadline == kDontWait ? 0 : PollTimeout(deadline));
    if (ready > 0) {
      return Done{};
    }
    if (ready == 0) {
      return Errno{deadline == kDontWait ? EAGAIN : ETIMEDOUT, "poll"};
    }
    if (errno != EINTR) {
      return Errno::Last("poll");
    }
  }
}

ErrnoOr<bool> HasChildEnded(int pidfd) {
  siginfo_t info = {};
  if (waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd), &info,
             WEXITED | WNOHANG | WNOWAIT) != 0) {
    return Errno::Last("waitid");
  }
  return info.si_pid != 0;
}

pid_t FindEndedChild() {
  siginfo_t info = {};
  while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    if (errno != EINTR) {
      return 0;  // ECHILD: there are no children
    }
  }
  return info.si_pid;
}

ErrnoOr<ExitStatus> ReapChild(pid_t pid) {
  SYS_ASSIGN_OR_RETURN(std::optional<ExitStatus> status, Reap(P_PID, static_cast<id_t>(pid)));
  return status.has_value() ? ErrnoOr<ExitStatus>(*status) : Errno{ECHILD, "waitid"};
}

ErrnoOr<pid_t> CloneSibling() {
  const long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0) {
    return Errno::Last("clone");
  }
  return static_cast<pid_t>(pid);
}

ErrnoOr<ClonedProcess> CloneProcess(const CloneRequest& request) {
  int pidfd = -1;
  clone_args arguments = {};
  arguments.flags = request.namespaces | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uintptr_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  if (request.cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<uint64_t>(request.cgroup);
  }
  long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
  if (pid < 0) {
    return Errno::Last("clone3");
  }
  return ClonedProcess{static_cast<pid_t>(pid), pid == 0 ? Fd() : Fd(pidfd)};
}

Result SetParentDeathSignal(int signal) {
  return ResultOf(prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0), "prctl");
}

Result SetDumpable(bool dumpable) {
  return ResultOf(prctl(PR_SET_DUMPABLE, dumpable ? 1 : 0, 0, 0, 0), "prctl");
}

Result BecomeSubreaper() {
  return ResultOf(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl");
}

Result SetProcessName(const char* name) {
  return ResultOf(prctl(PR_SET_NAME, name, 0, 0, 0), "prctl");
}

Result SetResourceLimit(uint32_t resource, uint64_t soft, uint64_t hard) {
  // struct rlimit64, which libcs spell differently.
  uint64_t limits[2] = {soft, hard};
  if (syscall(SYS_prlimit64, 0, resource, limits, nullptr) == 0) {
    return Done{};
  }
  uint64_t own[2] = {};
  if (errno != EPERM || syscall(SYS_prlimit64, 0, resource, nullptr, own) != 0) {
    return Errno::Last("prlimit");
  }
  limits[0] = soft < own[1] ? soft : own[1];
  limits[1] = hard < own[1] ? hard : own[1];
  return ResultOf(syscall(SYS_prlimit64, 0, resource, limits, nullptr), "prlimit");
}

Result RaiseResourceLimit(uint32_t resource, uint64_t soft, uint64_t hard) {
  uint64_t own[2] = {};
  if (syscall(SYS_prlimit64, 0, resource, nullptr, own) != 0) {
    return Errno::Last("prlimit");
  }
  return SetResourceLimit(resource, soft > own[0] ? soft : own[0], hard > own[1] ? hard : own[1]);
}

Result ResetSignals() {
  // The raw call: libcs keep the first real-time signals to themselves, and may inherit them
  // ignored.
  const long standard[4] = {};  // struct sigaction of the kernel: SIG_DFL and no flags
  for (int signal = 1; signal <= kLastSignal; ++signal) {
    (void)syscall(SYS_rt_sigaction, signal, standard, nullptr,
                  sizeof(uint64_t));  // EINVAL: SIGKILL
  }
  sigset_t none;
  sigemptyset(&none);
  if (int error = pthread_sigmask(SIG_SETMASK, &none, nullptr); error != 0) {
    return Errno{error, "sigprocmask"};
  }
  return Done{};
}

Result BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  if (int error = pthread_sigmask(SIG_SETMASK, &all, nullptr); error != 0) {
    return Errno{error, "sigprocmask"};
  }
  return Done{};
}

Result CloseFrom(int first) {
  return ResultOf(syscall(SYS_close_range, first, ~0U, 0), "close_range");
}

Result CloseOnExecFrom(int first) {
  return ResultOf(syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC), "close_range");
}

void ExitOrTrap(int code) {
  syscall(SYS_exit_group, code);
  __builtin_trap();  // a libc's _exit would try for ever
}

}  // namespace berth::sys
