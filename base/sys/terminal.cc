// SPDX-License-Identifier: Apache-2.0
#include "base/sys/terminal.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include <cstdio>

#include "base/sys/file.h"
#include "base/sys/inode.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

namespace berth::sys {
namespace {

constexpr unsigned kPtmxMajor = 5;
constexpr unsigned kPtmxMinor = 2;

Result CheckPtmx(int fd) {
  SYS_ASSIGN_OR_RETURN(struct stat info, Stat(fd));
  struct statfs filesystem = {};
  SYS_RETURN_IF_ERROR(ResultOf(fstatfs(fd, &filesystem), "fstatfs"));
  bool is_ptmx = S_ISCHR(info.st_mode) && info.st_rdev == makedev(kPtmxMajor, kPtmxMinor) &&
                 static_cast<uint64_t>(filesystem.f_type) == DEVPTS_SUPER_MAGIC;
  return is_ptmx ? Result(Done{}) : Errno{EINVAL, "ptmx"};
}

}  // namespace

ErrnoOr<Terminal> OpenTerminal(int root, const char* path) {
  SYS_ASSIGN_OR_RETURN(Fd place, OpenInRoot(root, path, O_PATH));
  SYS_RETURN_IF_ERROR(CheckPtmx(place.get()));
  SYS_ASSIGN_OR_RETURN(Fd master, OpenInRoot(root, path, O_RDWR | O_NOCTTY | O_NONBLOCK));
  SYS_RETURN_IF_ERROR(CheckPtmx(master.get()));
  int unlocked = 0;
  SYS_RETURN_IF_ERROR(ResultOf(ioctl(master.get(), TIOCSPTLCK, &unlocked), "ioctl"));
  int slave = ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) {
    return Errno::Last("ioctl");
  }
  return Terminal{std::move(master), Fd(slave)};
}

Result TakeControllingTerminal(int slave) {
  return ResultOf(ioctl(slave, TIOCSCTTY, 0), "ioctl");
}

Result SetWindowSize(int terminal, uint16_t rows, uint16_t columns) {
  winsize size = {};
  size.ws_row = rows;
  size.ws_col = columns;
  return ResultOf(ioctl(terminal, TIOCSWINSZ, &size), "ioctl");
}

}  // namespace berth::sys
