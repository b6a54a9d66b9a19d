// SPDX-License-Identifier: Apache-2.0
#include "base/sys/removal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/sys/directory.h"
#include "base/sys/inode.h"

namespace berth::sys {
namespace {

constexpr int kMaxTreeDepth = 4096;  // PATH_MAX / 2, no deeper tree can be made by path

Result RemoveContents(DirectoryReader directory, dev_t device, int depth);

Result RemoveEntry(int dir, const char* name, dev_t device, int depth) {
  if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) {
    return Done{};
  }
  if (errno != EISDIR && errno != EPERM) {
    return Errno::Last("unlinkat");
  }
  SYS_ASSIGN_OR_RETURN(DirectoryReader child, DirectoryReader::Open(dir, name));
  SYS_RETURN_IF_ERROR(RemoveContents(std::move(child), device, depth + 1));
  return RemoveDirectory(dir, name);
}

// A bind of the same filesystem has the same device; before Linux 5.8 it cannot be told.
ErrnoOr<bool> IsMounted(int directory, dev_t device) {
  struct statx info = {};
  if (statx(directory, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &info) != 0) {
    return Errno::Last("statx");
  }
  return (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 ||
         makedev(info.stx_dev_major, info.stx_dev_minor) != device;
}

Result RemoveContents(DirectoryReader directory, dev_t device, int depth) {
  SYS_ASSIGN_OR_RETURN(const bool is_mounted, IsMounted(directory.fd(), device));
  if (is_mounted || depth > kMaxTreeDepth) {
    return Errno{EBUSY, "remove tree"};
  }
  while (true) {
    SYS_ASSIGN_OR_RETURN(const dirent* entry, directory.Next());
    if (entry == nullptr) {
      return Done{};
    }
    SYS_RETURN_IF_ERROR(RemoveEntry(directory.fd(), entry->d_name, device, depth));
  }
}

}  // namespace

Result RemoveTree(int dir, const char* name) {
  ErrnoOr<struct stat> info = StatAt(dir, name, AT_SYMLINK_NOFOLLOW);
  if (!info.ok()) {
    return info.error().code == ENOENT ? Result(Done{}) : info.error();
  }
  return RemoveEntry(dir, name, info->st_dev, 0);
}

}  // namespace berth::sys
