// SPDX-License-Identifier: Apache-2.0
#include "base/sys/user_namespace.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <linux/securebits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <string_view>

#include "base/sys/file.h"

namespace berth::sys {
namespace {

// "/proc/<pid>/<file>".
class ProcPath {
 public:
  ProcPath(pid_t pid, std::string_view file) {
    char* end = std::to_chars(path_ + kPrefix.size(), path_ + sizeof(path_), pid).ptr;
    memcpy(path_, kPrefix.data(), kPrefix.size());
    const size_t left = static_cast<size_t>(path_ + sizeof(path_) - end);
    if (file.size() + 2 <= left) {
      *end = '/';
      memcpy(end + 1, file.data(), file.size());
    }
  }
  const char* c_str() const { return path_; }

 private:
  static constexpr std::string_view kPrefix = "/proc/";
  char path_[64] = {};
};

// System calls only: the parent may have threads, which the copy has not.
[[noreturn]] void Hold(long parent) {
  (void)syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  while (syscall(SYS_getppid) == parent) {
    (void)syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 0);
  }
  _exit(0);
}

ErrnoOr<Process> CloneHolder(uint64_t others) {
  const long parent = syscall(SYS_getpid);
  int pidfd = -1;
  clone_args arguments = {};
  arguments.flags = CLONE_NEWUSER | others | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uintptr_t>(&pidfd);
  arguments.exit_signal = SIGCHLD;
  const long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
  if (pid < 0) {
    return Errno::Last("clone3");
  }
  if (pid == 0) {
    Hold(parent);
  }
  return Process(static_cast<pid_t>(pid), Fd(pidfd));
}

Result MapIds(pid_t pid, uint32_t first, uint32_t count) {
  constexpr size_t kDigits = 10;  // of any id
  char map[2 * kDigits + 4] = "0 ";
  char* end = std::to_chars(map + 2, map + 2 + kDigits, first).ptr;
  *end++ = ' ';
  end = std::to_chars(end, end + kDigits, count).ptr;
  for (const char* file : {"uid_map", "gid_map"}) {
    SYS_RETURN_IF_ERROR(WriteControlFile(AT_FDCWD, ProcPath(pid, file).c_str(), map,
                                         static_cast<size_t>(end - map)));
  }
  return Done{};
}

}  // namespace

ErrnoOr<Process> HoldUserNamespace(uint64_t others, uint32_t first, uint32_t count) {
  SYS_ASSIGN_OR_RETURN(Process holder, CloneHolder(others));
  SYS_RETURN_IF_ERROR(MapIds(holder.pid(), first, count));
  return holder;
}

ErrnoOr<Fd> OpenNamespaceOf(pid_t pid, const char* name) {
  char file[16] = "ns/";
  if (strlen(name) + 4 > sizeof(file)) {
    return Errno{EINVAL, "open namespace"};
  }
  memcpy(file + 3, name, strlen(name));
  return OpenAt(AT_FDCWD, ProcPath(pid, file).c_str(), O_RDONLY);
}

Result SetFileOwner(uint32_t uid, uint32_t gid) {
  SYS_RETURN_IF_ERROR(ResultOf(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0), "prctl"));
  // They return what was, so whether it has changed is asked by a change that cannot be.
  constexpr long kNone = -1;
  (void)syscall(SYS_setfsgid, gid);
  (void)syscall(SYS_setfsuid, uid);
  if (static_cast<uint32_t>(syscall(SYS_setfsgid, kNone)) != gid ||
      static_cast<uint32_t>(syscall(SYS_setfsuid, kNone)) != uid) {
    return Errno{EPERM, "setfsuid"};
  }
  return Done{};
}

}  // namespace berth::sys
