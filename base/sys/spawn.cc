// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/sys/process.h"

namespace berth::sys {
namespace {

constexpr int kFirstFreeNumber = 64;  // above every number that a mapping may name

// posix_spawn's file actions and attributes, released on every way out.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  // The copy lies out of the way of all numbers, so that the order of the mappings does not matter.
  Result Map(const FdMapping& mapping) {
    int copy = fcntl(mapping.fd, F_DUPFD_CLOEXEC, kFirstFreeNumber);
    if (copy < 0) {
      return Errno::Last("fcntl");
    }
    copies_[count_++] = Fd(copy);
    if (int error = posix_spawn_file_actions_adddup2(&actions_, copy, mapping.number); error != 0) {
      return Errno{error, "posix_spawn"};
    }
    return Done{};
  }

  // After every Map: nothing else reaches the program, even if it was opened without close-on-exec.
  // The descriptor `program` stays open until the exec, unless it is negative.
  Result CloseOthers(std::span<const FdMapping> mappings, int program) {
    const int end = program < 0 ? kFirstFreeNumber : program;
    for (int number = STDERR_FILENO + 1; number < end; ++number) {
      const bool mapped =
          std::any_of(mappings.begin(), mappings.end(),
                      [number](const FdMapping& mapping) { return mapping.number == number; });
      if (int error = mapped ? 0 : posix_spawn_file_actions_addclose(&actions_, number);
          error != 0) {
        return Errno{error, "posix_spawn"};
      }
    }
    if (int error =
            posix_spawn_file_actions_addclosefrom_np(&actions_, program < 0 ? end : end + 1);
        error != 0) {
      return Errno{error, "posix_spawn"};
    }
    return Done{};
  }

  Result SetAttributes(bool new_session) {
    sigset_t set;
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes_, &set);
    sigfillset(&set);
    posix_spawnattr_setsigdefault(&attributes_, &set);
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#ifdef POSIX_SPAWN_SETSID
    flags |= new_session ? POSIX_SPAWN_SETSID : 0;
#endif
    if (int error = posix_spawnattr_setflags(&attributes_, static_cast<short>(flags)); error != 0) {
      return Errno{error, "posix_spawn"};
    }
    return Done{};
  }

  const posix_spawn_file_actions_t* actions() const {
    return &actions_;
  }
  const posix_spawnattr_t* attributes() const {
    return &attributes_;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  Fd copies_[kMaxSpawnFds];
  size_t count_ = 0;
};

}  // namespace

ErrnoOr<Process> SpawnProcess(const SpawnRequest& request) {
  if (request.descriptors.size() > kMaxSpawnFds) {
    return Errno{EINVAL, "posix_spawn"};
  }
  Fd program;
  char path[32];
  if (request.path == nullptr) {
    program = Fd(fcntl(request.program, F_DUPFD_CLOEXEC, kFirstFreeNumber));
    if (!program.is_open()) {
      return Errno::Last("fcntl");
    }
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", program.get());
  }
  SpawnPlan plan;
  SYS_RETURN_IF_ERROR(plan.SetAttributes(request.new_session));
  for (const FdMapping& mapping : request.descriptors) {
    if (mapping.number < 0 || mapping.number >= kFirstFreeNumber) {
      return Errno{EINVAL, "posix_spawn"};
    }
    SYS_RETURN_IF_ERROR(plan.Map(mapping));
  }
  SYS_RETURN_IF_ERROR(plan.CloseOthers(request.descriptors, program.get()));
  pid_t pid = 0;
  const char* file = request.path != nullptr ? request.path : path;
  if (int error = posix_spawn(&pid, file, plan.actions(), plan.attributes(), request.arguments,
                              request.environment);
      error != 0) {
    return Errno{error, "posix_spawn"};
  }
  ErrnoOr<Fd> pidfd = OpenProcess(pid);  // not reaped yet, so the number is still the child's
  if (!pidfd.ok()) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return pidfd.error();
  }
  return Process(pid, *std::move(pidfd));
}

}  // namespace berth::sys
