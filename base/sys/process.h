// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "base/sys/clock.h"
#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// Processes by pidfd, so that a reused process id is never signalled or waited for.
namespace berth::sys {

// How a process ended, as a shell says it: its exit code, or 128 + n after signal n.
struct ExitStatus {
  int code = 0;
};

// Owns a child. The destructor kills and reaps it unless it was waited for or released.
class Process {
 public:
  Process() = default;
  Process(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  Process(Process&& other) noexcept = default;
  Process& operator=(Process&& other) noexcept {
    Process old(std::move(*this));  // killed and reaped
    pid_ = other.pid_;
    pidfd_ = std::move(other.pidfd_);
    return *this;
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }

  Result Signal(int signal) const;

  // Waits for the end and reaps. ETIMEDOUT after `deadline`; EAGAIN with kDontWait.
  ErrnoOr<ExitStatus> Wait(int64_t deadline);

  // Gives up the child: it is neither killed nor reaped from here.
  [[nodiscard]] Fd Release() { return std::move(pidfd_); }

 private:
  pid_t pid_ = 0;
  Fd pidfd_;
};

// A descriptor of this process and the number under which the spawned one finds it.
struct FdMapping {
  int fd = -1;
  int number = -1;
};

struct SpawnRequest {
  int program = -1;                        // executable file, by descriptor
  char* const* arguments = nullptr;        // null-terminated
  char* const* environment = nullptr;      // null-terminated
  std::span<const FdMapping> descriptors;  // at most kMaxSpawnFds; numbers distinct and below 64
  bool new_session = true;
  const char* path = nullptr;  // executed instead of `program`; needed when it may be a script
  int cgroup = -1;             // directory of a cgroup2 into which it is born
};
inline constexpr size_t kMaxSpawnFds = 16;

// As posix_spawn(3), which can start nothing in a cgroup, and to move it there later would cost an
// RCU grace period; the address space of the caller is not copied. The program gets the mapped
// descriptors, 0 to 2 of the caller where they are not mapped, an empty signal mask and default
// dispositions. Returns when it executes; the error is that of execve when it cannot.
ErrnoOr<Process> SpawnProcess(const SpawnRequest& request);

// pidfd_open(2). ESRCH when there is no such process.
ErrnoOr<Fd> OpenProcess(pid_t pid);

// pidfd_send_signal(2). ESRCH when it has been reaped.
Result SignalProcess(int pidfd, int signal);

// Waits until the process ends, be it a child or not; does not reap. ETIMEDOUT after `deadline`.
Result AwaitExit(int pidfd, int64_t deadline);

// Whether a child has ended that is yet to be reaped. ECHILD when the process is none.
ErrnoOr<bool> HasChildEnded(int pidfd);

// A child that has ended and is yet to be reaped, without waiting; 0 when there is none.
pid_t FindEndedChild();

// Reaps a child that has ended. ECHILD when `pid` is none.
ErrnoOr<ExitStatus> ReapChild(pid_t pid);

// As fork(2), by clone3(2): returns 0 in the child. For single-threaded processes only.
struct CloneRequest {
  uint64_t namespaces = 0;  // CLONE_NEW…
  int cgroup = -1;          // directory of a cgroup2 into which it is born
};
struct ClonedProcess {
  pid_t pid = 0;  // 0: this is the child
  Fd pidfd;
};
ErrnoOr<ClonedProcess> CloneProcess(const CloneRequest& request);

// As fork(2), but the child is a child of the caller's parent. By the oldest of the calls, which
// seccomp filters allow most often. For single-threaded processes only, not for the first one of a
// PID namespace.
ErrnoOr<pid_t> CloneSibling();

// Of the calling process.
Result SetParentDeathSignal(int signal);
Result SetDumpable(bool dumpable);
Result BecomeSubreaper();
Result SetProcessName(const char* name);
// Without CAP_SYS_RESOURCE no hard limit can be raised: then it stays what it is.
Result SetResourceLimit(uint32_t resource, uint64_t soft, uint64_t hard);
// The same, but what is higher stays.
Result RaiseResourceLimit(uint32_t resource, uint64_t soft, uint64_t hard);
// Every signal: default disposition, not blocked.
Result ResetSignals();
// Every signal is blocked, to be taken from a signalfd or not at all.
Result BlockSignals();
// Closes every descriptor from `first` on.
Result CloseFrom(int first);
// Sets close-on-exec on every descriptor from `first` on.
Result CloseOnExecFrom(int first);
// As _exit(2), but where a seccomp filter refuses that, a signal ends the process.
[[noreturn]] void ExitOrTrap(int code);

}  // namespace berth::sys
