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

namespace berth::sys {

Result UnshareNamespaces(int flags) {
  if (unshare(flags) != 0) {
    return Errno::Last("unshare");
  }
  return Done{};
}

Result EnterNamespaces(int fd, int flags) {
  if (setns(fd, flags) != 0) {
    return Errno::Last("setns");
  }
  return Done{};
}

ErrnoOr<Fd> OpenOwnNamespace(const char* name) {
  char path[32] = "/proc/self/ns/";
  size_t prefix = strlen(path);
  size_t length = strlen(name);
  if (prefix + length >= sizeof(path)) {
    return Errno{EINVAL, "open namespace"};
  }
  memcpy(path + prefix, name, length + 1);
  return OpenAt(AT_FDCWD, path, O_RDONLY);
}

Result SetHostName(const char* name, size_t length) {
  if (sethostname(name, length) != 0) {
    return Errno::Last("sethostname");
  }
  return Done{};
}

Result NewSession() {
  if (setsid() < 0) {
    return Errno::Last("setsid");
  }
  return Done{};
}

Result ChangeDirectory(int directory) {
  if (fchdir(directory) != 0) {
    return Errno::Last("fchdir");
  }
  return Done{};
}

Result CheckWorkingDirectory() {
  char path[PATH_MAX];
  // The kernel's own answer does not begin with a slash then; libcs differ.
  if (syscall(SYS_getcwd, path, sizeof(path)) < 0) {
    return Errno::Last("getcwd");
  }
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
  if (ioctl(interfaces.get(), SIOCSIFFLAGS, &request) != 0) {
    return Errno::Last("ioctl");
  }
  return Done{};
}

}  // namespace berth::sys
