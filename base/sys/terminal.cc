// SPDX-License-Identifier: Apache-2.0
#include "base/sys/terminal.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include <charconv>
#include <cstdio>
#include <cstring>

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/pipe.h"

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

ErrnoOr<Terminal> WithPeer(Fd master) {
  int slave = ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) {
    return Errno::Last("ioctl");
  }
  return Terminal{std::move(master), Fd(slave)};
}

}  // namespace

ErrnoOr<Terminal> OpenTerminal(int root, const char* path) {
  SYS_ASSIGN_OR_RETURN(Fd place, OpenInRoot(root, path, O_PATH));
  SYS_RETURN_IF_ERROR(CheckPtmx(place.get()));
  SYS_ASSIGN_OR_RETURN(Fd master, OpenInRoot(root, path, O_RDWR | O_NOCTTY | O_NONBLOCK));
  SYS_RETURN_IF_ERROR(CheckPtmx(master.get()));
  int unlocked = 0;
  SYS_RETURN_IF_ERROR(ResultOf(ioctl(master.get(), TIOCSPTLCK, &unlocked), "ioctl"));
  return WithPeer(std::move(master));
}

ErrnoOr<Terminal> AdoptTerminal(Fd master) {
  SYS_RETURN_IF_ERROR(CheckPtmx(master.get()));
  SYS_RETURN_IF_ERROR(SetNonBlocking(master.get()));
  return WithPeer(std::move(master));
}

ErrnoOr<Fd> OpenSlave(int root, const char* directory, const Terminal& terminal) {
  unsigned number = 0;
  SYS_RETURN_IF_ERROR(ResultOf(ioctl(terminal.master.get(), TIOCGPTN, &number), "ioctl"));
  char path[64];
  const size_t length = strlen(directory);
  if (length + 12 > sizeof(path)) {
    return Errno{ENAMETOOLONG, "open terminal"};
  }
  memcpy(path, directory, length);
  path[length] = '/';
  *std::to_chars(path + length + 1, path + sizeof(path) - 1, number).ptr = '\0';
  SYS_ASSIGN_OR_RETURN(Fd slave, OpenInRoot(root, path, O_RDWR | O_NOCTTY));
  SYS_ASSIGN_OR_RETURN(struct stat before, Stat(terminal.slave.get()));
  SYS_ASSIGN_OR_RETURN(struct stat found, Stat(slave.get()));
  if (before.st_dev != found.st_dev || before.st_ino != found.st_ino) {
    return Errno{EINVAL, "open terminal"};
  }
  return slave;
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
