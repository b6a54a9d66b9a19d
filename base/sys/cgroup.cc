// SPDX-License-Identifier: Apache-2.0
#include "base/sys/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#include "base/sys/file.h"

namespace berth::sys {

bool IsUnifiedCgroup(const char* directory) {
  struct statfs filesystem = {};
  return statfs(directory, &filesystem) == 0 && filesystem.f_type == CGROUP2_SUPER_MAGIC;
}

ErrnoOr<Fd> OpenBirthplace(const char* directory) {
  if (!IsUnifiedCgroup(directory)) {
    return Fd();
  }
  return OpenAt(AT_FDCWD, directory, O_PATH | O_DIRECTORY);
}

ErrnoOr<Fd> FindBirthplace(std::span<const std::string> directories) {
  for (const std::string& directory : directories) {
    SYS_ASSIGN_OR_RETURN(Fd birthplace, OpenBirthplace(directory.c_str()));
    if (birthplace.is_open()) {
      return birthplace;
    }
  }
  return Fd();
}

}  // namespace berth::sys
