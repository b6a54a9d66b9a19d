// SPDX-License-Identifier: Apache-2.0
#include "base/sys/removal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "base/sys/directory.h"
#include "base/sys/inode.h"

namespace berth::sys {
namespace {

// Each takes a descriptor and some stack. Trees are made deeper than any path can be.
constexpr int kMaxDepth = 128;

// Of what is no directory, or not there; false for a directory, which is still there then.
ErrnoOr<bool> RemovedAtOnce(int dir, const char* name) {
  if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) {
    return true;
  }
  if (errno != EISDIR && errno != EPERM) {
    return Errno::Last("unlinkat");
  }
  return false;
}

// The removal of one tree.
class Removal {
 public:
  Removal(int top, dev_t device) : top_(top), device_(device) {}

  Result RemoveContents(DirectoryReader directory, int depth) {
    SYS_ASSIGN_OR_RETURN(const bool is_mounted, IsMounted(directory.fd()));
    if (is_mounted) {
      return Errno{EBUSY, "remove tree"};
    }
    while (true) {
      SYS_ASSIGN_OR_RETURN(const dirent* entry, directory.Next());
      if (entry == nullptr) {
        return Done{};
      }
      SYS_RETURN_IF_ERROR(RemoveEntry(directory.fd(), entry->d_name, depth));
    }
  }

  // Whether something was moved to the top since it was asked last.
  bool TakeMoved() { return std::exchange(has_moved_, false); }

 private:
  Result RemoveEntry(int dir, const char* name, int depth) {
    SYS_ASSIGN_OR_RETURN(const bool removed, RemovedAtOnce(dir, name));
    if (removed) {
      return Done{};
    }
    if (depth == kMaxDepth) {
      return MoveToTop(dir, name);
    }
    SYS_ASSIGN_OR_RETURN(DirectoryReader child, DirectoryReader::Open(dir, name));
    SYS_RETURN_IF_ERROR(RemoveContents(std::move(child), depth + 1));
    return RemoveDirectory(dir, name);
  }

  // For another pass, in place of another level.
  Result MoveToTop(int dir, const char* name) {
    while (true) {
      char moved[32];
      snprintf(moved, sizeof(moved), "moved-%llu", count_++);
      if (renameat2(dir, name, top_, moved, RENAME_NOREPLACE) == 0) {
        has_moved_ = true;
        return Done{};
      }
      if (errno != EEXIST) {
        return Errno::Last("renameat2");
      }
    }
  }

  // A bind of the same filesystem has the same device; before Linux 5.8 it cannot be told.
  ErrnoOr<bool> IsMounted(int directory) const {
    struct statx info = {};
    if (statx(directory, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &info) != 0) {
      return Errno::Last("statx");
    }
    return (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 ||
           makedev(info.stx_dev_major, info.stx_dev_minor) != device_;
  }

  const int top_;
  const dev_t device_;
  unsigned long long count_ = 0;
  bool has_moved_ = false;
};

}  // namespace

Result RemoveTree(int dir, const char* name) {
  SYS_ASSIGN_OR_RETURN(const bool removed, RemovedAtOnce(dir, name));
  if (removed) {
    return Done{};
  }
  SYS_ASSIGN_OR_RETURN(DirectoryReader top, DirectoryReader::Open(dir, name));
  SYS_ASSIGN_OR_RETURN(const struct stat info, StatAt(dir, name, AT_SYMLINK_NOFOLLOW));
  Removal removal(top.fd(), info.st_dev);
  do {
    SYS_ASSIGN_OR_RETURN(DirectoryReader pass, DirectoryReader::Open(top.fd(), "."));
    SYS_RETURN_IF_ERROR(removal.RemoveContents(std::move(pass), 0));
  } while (removal.TakeMoved());
  return RemoveDirectory(dir, name);
}

}  // namespace berth::sys
