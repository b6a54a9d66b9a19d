// SPDX-License-Identifier: Apache-2.0
#include "base/sys/selinux_label.h"

#include <sys/xattr.h>

#include <cstdio>
#include <cstring>

namespace berth::sys {

Result SetSelinuxLabel(int fd, const char* label) {
  char path[32];
  snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  return ResultOf(setxattr(path, "security.selinux", label, strlen(label) + 1, 0), "setxattr");
}

}  // namespace berth::sys
