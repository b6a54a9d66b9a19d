// SPDX-License-Identifier: Apache-2.0
#include "base/sys/terminal.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include <cstdio>

#include "base/sys/file.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

namespace berth::sys {
namespace {

constexpr unsigned kPtmxMajor = 5;
constexpr unsigned kPtmxMinor = 2;

Result CheckPtmx(int fd) {
  ErrnoOr<struct stat> info = Stat(fd);
  if (!info.ok()) {
    return info.error();
  }
  struct statfs filesystem = {};
  if (fstatfs(fd, &filesystem) != 0) {
    return Errno::Last("fstatfs");
  }
  bool is_ptmx = S_ISCHR(info->st_mode) && info->st_rdev == makedev(kPtmxMajor, kPtmxMinor) &&
                 static_cast<uint64_t>(filesystem.f_type) == DEVPTS_SUPER_MAGIC;
  return is_ptmx ? Result(Done{}) : Errno{EINVAL, "ptmx"};
}

}  // namespace

ErrnoOr<Terminal> OpenTerminal(int root, const char* path) {
  ErrnoOr<Fd> place = OpenInRoot(root, path, O_PATH);
  if (!place.ok()) {
    return place.error();
  }
  SYS_RETURN_IF_ERROR(CheckPtmx(place->get()));
  ErrnoOr<Fd> master = OpenInRoot(root, path, O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (!master.ok()) {
    return master.error();
  }
  SYS_RETURN_IF_ERROR(CheckPtmx(master->get()));
  int unlocked = 0;
  if (ioctl(master->get(), TIOCSPTLCK, &unlocked) != 0) {
    return Errno::Last("ioctl");
  }
  int slave = ioctl(master->get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) {
    return Errno::Last("ioctl");
  }
  return Terminal{*std::move(master), Fd(slave)};
}

Result TakeControllingTerminal(int slave) {
  if (ioctl(slave, TIOCSCTTY, 0) != 0) {
    return Errno::Last("ioctl");
  }
  return Done{};
}

Result SetWindowSize(int terminal, uint16_t rows, uint16_t columns) {
  winsize size = {};
  size.ws_row = rows;
  size.ws_col = columns;
  if (ioctl(terminal, TIOCSWINSZ, &size) != 0) {
    return Errno::Last("ioctl");
  }
  return Done{};
}

}  // namespace berth::sys
