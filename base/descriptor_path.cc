// SPDX-License-Identifier: Apache-2.0
#include "base/descriptor_path.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/inode.h"

namespace berth {

absl::StatusOr<std::string> PathOf(int fd) {
  std::string path(PATH_MAX, '\0');
  const std::string link = absl::StrCat("/proc/self/fd/", fd);
  ASSIGN_OR_RETURN(const size_t size,
                   ToStatusOr(sys::ReadSymlinkAt(AT_FDCWD, link.c_str(), path), "read ", link));
  path.resize(size);
  return path;
}

std::string HeldPath(const sys::Fd& file) {
  return file.is_open() ? absl::StrCat("/proc/", getpid(), "/fd/", file.get()) : "";
}

}  // namespace berth
