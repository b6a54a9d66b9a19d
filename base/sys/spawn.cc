// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

#include "base/sys/process.h"

namespace berth::sys {
namespace {

constexpr int kFirstFreeNumber = 64;        // above every number that a mapping may name
constexpr size_t kStackSize = 32UL * 1024;  // of the child until it executes

// Out of the way of all numbers, so that the order of the mappings does not matter.
Result CopyAway(int fd, Fd& copy) {
  copy = Fd(fcntl(fd, F_DUPFD_CLOEXEC, kFirstFreeNumber));
  return copy.is_open() ? Result(Done{}) : Errno::Last("fcntl");
}

// While it lives no signal is delivered to the calling thread, nor to a child that it makes: a
// handler would run in the child, on memory that is ours.
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

// What the child needs, made before it is cloned, and what it says.
struct Child {
  const SpawnRequest& request;
  Fd program = {};  // not open: request.path
  Fd copies[kMaxSpawnFds] = {};
  Errno failure = {};  // what kept it from executing; of the child, in our memory
};

Result Prepare(Child& child) {
  const SpawnRequest& request = child.request;
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
  return request.path != nullptr ? Result(Done{}) : CopyAway(request.program, child.program);
}

// Its frame and RunChild's are never left, which sanitizers would keep in mind for the parent.
__attribute__((no_sanitize("address", "thread"))) Result BecomeProgram(const Child& child) {
  const SpawnRequest& request = child.request;
  if (request.new_session) {
    SYS_RETURN_IF_ERROR(ResultOf(setsid(), "setsid"));
  }
  SYS_RETURN_IF_ERROR(CloseOnExecFrom(STDERR_FILENO + 1));
  for (size_t i = 0; i < request.descriptors.size(); ++i) {
    SYS_RETURN_IF_ERROR(
        ResultOf(dup2(child.copies[i].get(), request.descriptors[i].number), "dup2"));
  }
  SYS_RETURN_IF_ERROR(ResetSignals());
  if (request.path != nullptr) {
    syscall(SYS_execve, request.path, request.arguments, request.environment);
  } else {
    syscall(SYS_execveat, child.program.get(), "", request.arguments, request.environment,
            AT_EMPTY_PATH);
  }
  return Errno::Last("execve");
}

// Runs in the child, which has our memory and a stack of its own: system calls only.
__attribute__((no_sanitize("address", "thread"))) void RunChild(void* argument) {
  Child& child = *static_cast<Child*>(argument);
  child.failure = BecomeProgram(child).error();
  _exit(127);
}

// clone3(2) with a stack of the child's own, on which it calls run(argument), which does not
// return. As vfork(2), returns when the child has executed or ended. The raw call, because no libc
// has one.
long CloneAndRun(const clone_args& arguments, void (*run)(void*), void* argument) {
#if defined(__x86_64__)
  register void (*function)(void*) asm("r12") = run;
  register void* its_argument asm("r13") = argument;
  long outcome = SYS_clone3;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %%r13, %%rdi\n\t"
      "call *%%r12\n\t"
      "hlt\n"
      "1:"
      : "+a"(outcome)
      : "D"(&arguments), "S"(sizeof(arguments)), "r"(function), "r"(its_argument)
      : "rcx", "r11", "memory");
  return outcome;
#elif defined(__aarch64__)
  register void (*function)(void*) asm("x20") = run;
  register void* its_argument asm("x21") = argument;
  register long number asm("x8") = SYS_clone3;
  register long first asm("x0") = reinterpret_cast<long>(&arguments);
  register long second asm("x1") = sizeof(arguments);
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, #0\n\t"
      "mov x0, x21\n\t"
      "blr x20\n\t"
      "brk #1\n"
      "1:"
      : "+r"(first)
      : "r"(second), "r"(number), "r"(function), "r"(its_argument)
      : "memory");
  return first;
#else
#error "starting a process needs a few instructions for this machine"
#endif
}

ErrnoOr<Process> Clone(Child& child) {
  alignas(16) std::byte stack[kStackSize];
  int pidfd = -1;
  clone_args arguments = {};
  arguments.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uintptr_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  arguments.stack = reinterpret_cast<uintptr_t>(stack);
  arguments.stack_size = sizeof(stack);
  if (child.request.cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<uint64_t>(child.request.cgroup);
  }
  const BlockedSignals blocked;
  const long outcome = CloneAndRun(arguments, RunChild, &child);
  if (outcome < 0) {
    return Errno{static_cast<int>(-outcome), "clone3"};
  }
  return Process(static_cast<pid_t>(outcome), Fd(pidfd));
}

}  // namespace

ErrnoOr<Process> SpawnProcess(const SpawnRequest& request) {
  Child child = {.request = request};
  SYS_RETURN_IF_ERROR(Prepare(child));
  ErrnoOr<Process> process = Clone(child);
  if (child.failure.code != 0) {
    return child.failure;  // the process is reaped on the way out
  }
  return process;
}

}  // namespace berth::sys
