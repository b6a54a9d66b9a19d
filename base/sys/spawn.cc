// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys/file.h"
#include "base/sys/process.h"

namespace berth::sys {
namespace {

constexpr int kFirstFreeNumber = 64;  // above every number that a mapping may name

// Out of the way of all numbers, so that the order of the mappings does not matter.
Result CopyAway(int fd, Fd& copy) {
  copy = Fd(fcntl(fd, F_DUPFD_CLOEXEC, kFirstFreeNumber));
  return copy.is_open() ? Result(Done{}) : Errno::Last("fcntl");
}

// While it lives no signal is delivered to the calling thread, nor to a child that it makes: a
// handler would run in the copy of a process.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

// What the child needs, made before it is cloned.
struct Child {
  const SpawnRequest& request;
  Fd program = {};  // not open: request.path
  Fd copies[kMaxSpawnFds] = {};
  Fd report = {};  // gets the errno of what failed
};

Result PlaceDescriptors(const Child& child) {
  SYS_RETURN_IF_ERROR(CloseOnExecFrom(STDERR_FILENO + 1));
  for (size_t i = 0; i < child.request.descriptors.size(); ++i) {
    if (dup2(child.copies[i].get(), child.request.descriptors[i].number) < 0) {
      return Errno::Last("dup2");
    }
  }
  return Done{};
}

Result BecomeProgram(const Child& child) {
  const SpawnRequest& request = child.request;
  if (request.new_session && setsid() < 0) {
    return Errno::Last("setsid");
  }
  SYS_RETURN_IF_ERROR(PlaceDescriptors(child));
  SYS_RETURN_IF_ERROR(ResetSignals());
  if (request.path != nullptr) {
    execve(request.path, request.arguments, request.environment);
  } else {
    syscall(SYS_execveat, child.program.get(), "", request.arguments, request.environment,
            AT_EMPTY_PATH);
  }
  return Errno::Last("execve");
}

// In a copy of a process that may have other threads: system calls only.
[[noreturn]] void RunChild(const Child& child) {
  const int error = BecomeProgram(child).error().code;
  (void)!write(child.report.get(), &error, sizeof(error));
  _exit(127);
}

ErrnoOr<ClonedProcess> Clone(const Child& child) {
  const BlockedSignals blocked;
  ErrnoOr<ClonedProcess> cloned = CloneProcess({.cgroup = child.request.cgroup});
  if (cloned.ok() && cloned->pid == 0) {
    RunChild(child);
  }
  return cloned;
}

Result Prepare(const SpawnRequest& request, Child& child) {
  if (request.descriptors.size() > kMaxSpawnFds) {
    return Errno{EINVAL, "spawn"};
  }
  for (size_t i = 0; i < request.descriptors.size(); ++i) {
    const FdMapping& mapping = request.descriptors[i];
    if (mapping.number < 0 || mapping.number >= kFirstFreeNumber) {
      return Errno{EINVAL, "spawn"};
    }
    SYS_RETURN_IF_ERROR(CopyAway(mapping.fd, child.copies[i]));
  }
  if (request.path == nullptr) {
    SYS_RETURN_IF_ERROR(CopyAway(request.program, child.program));
  }
  return Done{};
}

}  // namespace

ErrnoOr<Process> SpawnProcess(const SpawnRequest& request) {
  Child child = {.request = request};
  SYS_RETURN_IF_ERROR(Prepare(request, child));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return Errno::Last("pipe2");
  }
  Fd report(ends[0]);
  {
    Fd writer(ends[1]);
    SYS_RETURN_IF_ERROR(CopyAway(writer.get(), child.report));
  }
  ErrnoOr<ClonedProcess> cloned = Clone(child);
  if (!cloned.ok()) {
    return cloned.error();
  }
  child.report = Fd();
  Process process(cloned->pid, std::move(cloned->pidfd));
  int error = 0;
  ErrnoOr<size_t> size =
      ReadFull(report.get(), std::span(reinterpret_cast<char*>(&error), sizeof(error)));
  if (!size.ok()) {
    return size.error();
  }
  if (*size != 0) {
    return Errno{error, "execve"};  // it is reaped on the way out
  }
  return process;
}

}  // namespace berth::sys
