// SPDX-License-Identifier: Apache-2.0
#include "base/sys/namespace.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstring>

#include "base/sys/file.h"
#include "base/sys/mount.h"

namespace berth::sys {

Result UnshareNamespaces(int flags) {
  return ResultOf(unshare(flags), "unshare");
}

Result EnterNamespaces(int fd, int flags) {
  return ResultOf(setns(fd, flags), "setns");
}

Result LeaveSharedDirectory() {
  return ResultOf(unshare(CLONE_FS), "unshare");
}

Result EnterMountNamespace(int fd) {
  return EnterNamespaces(fd, CLONE_NEWNS);
}

Result EnterOwnMountNamespace() {
  SYS_RETURN_IF_ERROR(UnshareNamespaces(CLONE_NEWNS));
  SYS_ASSIGN_OR_RETURN(const Fd root, OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  constexpr uint64_t kPrivate = 1 << 18;  // MS_PRIVATE
  return SetMountAttributes(root.get(), 0, 0, kPrivate, /*recursive=*/true);
}

ErrnoOr<Fd> OpenOwnNamespace(const char* name) {
  char path[48] = "/proc/thread-self/ns/";
  size_t prefix = strlen(path);
  size_t length = strlen(name);
  if (prefix + length >= sizeof(path)) {
    return Errno{EINVAL, "open namespace"};
  }
  memcpy(path + prefix, name, length + 1);
  return OpenAt(AT_FDCWD, path, O_RDONLY);
}

Result SetHostName(const char* name, size_t length) {
  return ResultOf(sethostname(name, length), "sethostname");
}

Result NewSession() {
  return ResultOf(setsid(), "setsid");
}

Result ChangeDirectory(int directory) {
  return ResultOf(fchdir(directory), "fchdir");
}

Result CheckWorkingDirectory() {
  char path[PATH_MAX];
  // The kernel's own answer does not begin with a slash then; libcs differ.
  SYS_RETURN_IF_ERROR(ResultOf(syscall(SYS_getcwd, path, sizeof(path)), "getcwd"));
  if (path[0] != '/') {
    return Errno{ENOENT, "getcwd"};
  }
  return Done{};
}

Result BringLoopbackUp() {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return Errno::Last("socket");
  }
  Fd interfaces(fd);
  ifreq request = {};
  memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ResultOf(ioctl(interfaces.get(), SIOCSIFFLAGS, &request), "ioctl");
}

}  // namespace berth::sys
