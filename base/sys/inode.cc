// SPDX-License-Identifier: Apache-2.0
#include "base/sys/inode.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdio>

namespace berth::sys {
namespace {

constexpr size_t kProcPathSize = 32;  // "/proc/self/fd/" and ten digits

void FormatProcPath(int fd, std::span<char> path) {
  snprintf(path.data(), path.size(), "/proc/self/fd/%d", fd);
}

}  // namespace

Result MakeDirectory(int dir, const char* name, mode_t mode) {
  return ResultOf(mkdirat(dir, name, mode), "mkdirat");
}

Result EnsureDirectory(int dir, const char* name, mode_t mode) {
  if (mkdirat(dir, name, mode) == 0) {
    return Done{};
  }
  if (errno != EEXIST) {
    return Errno::Last("mkdirat");
  }
  SYS_ASSIGN_OR_RETURN(struct stat info, StatAt(dir, name, 0));
  if (!S_ISDIR(info.st_mode)) {
    return Errno{ENOTDIR, "mkdirat"};
  }
  return Done{};
}

Result MakeNode(int dir, const char* name, mode_t mode, dev_t device) {
  return ResultOf(mknodat(dir, name, mode, device), "mknodat");
}

Result MakeSymlink(const char* target, int dir, const char* name) {
  return ResultOf(symlinkat(target, dir, name), "symlinkat");
}

Result MakeLink(int old_dir, const char* old_name, int new_dir, const char* new_name) {
  return ResultOf(linkat(old_dir, old_name, new_dir, new_name, 0), "linkat");
}

Result LinkUnnamed(int file, int dir, const char* name) {
  char path[kProcPathSize];
  FormatProcPath(file, path);
  return ResultOf(linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW), "linkat");
}

Result Rename(int old_dir, const char* old_name, int new_dir, const char* new_name) {
  return ResultOf(renameat(old_dir, old_name, new_dir, new_name), "rename");
}

Result RemoveFile(int dir, const char* name) {
  if (unlinkat(dir, name, 0) != 0 && errno != ENOENT) {
    return Errno::Last("unlinkat");
  }
  return Done{};
}

Result RemoveDirectory(int dir, const char* name) {
  if (unlinkat(dir, name, AT_REMOVEDIR) != 0 && errno != ENOENT) {
    return Errno::Last("rmdir");
  }
  return Done{};
}

Result SetOwner(int fd, uid_t uid, gid_t gid) {
  return ResultOf(fchown(fd, uid, gid), "fchown");
}

Result SetMode(int fd, mode_t mode) {
  return ResultOf(fchmod(fd, mode), "fchmod");
}

Result SetModificationTime(int fd, const timespec& time) {
  timespec times[2] = {{0, UTIME_OMIT}, time};
  return ResultOf(futimens(fd, times), "futimens");
}

Result SetOwnerAt(int dir, const char* name, uid_t uid, gid_t gid) {
  return ResultOf(fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW), "fchownat");
}

Result SetModeAt(int dir, const char* name, mode_t mode) {
  return ResultOf(fchmodat(dir, name, mode, 0), "chmod");
}

Result SetModificationTimeAt(int dir, const char* name, const timespec& time) {
  timespec times[2] = {{0, UTIME_OMIT}, time};
  return ResultOf(utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW), "utimensat");
}

Result SetModeOfPath(int fd, mode_t mode) {
  char path[kProcPathSize];
  FormatProcPath(fd, path);
  return ResultOf(chmod(path, mode), "chmod");
}

Result SetXattr(int fd, const char* name, const void* value, size_t size) {
  return ResultOf(fsetxattr(fd, name, value, size, 0), "fsetxattr");
}

Result SetXattrOfPath(int fd, const char* name, const void* value, size_t size) {
  char path[kProcPathSize];
  FormatProcPath(fd, path);
  return ResultOf(setxattr(path, name, value, size, 0), "setxattr");
}

ErrnoOr<size_t> GetXattr(int fd, const char* name, std::span<char> buffer) {
  ssize_t size = fgetxattr(fd, name, buffer.data(), buffer.size());
  if (size < 0) {
    return Errno::Last("fgetxattr");
  }
  return static_cast<size_t>(size);
}

ErrnoOr<size_t> GetXattrOfPath(int fd, const char* name, std::span<char> buffer) {
  char path[kProcPathSize];
  FormatProcPath(fd, path);
  const ssize_t size = getxattr(path, name, buffer.data(), buffer.size());
  if (size < 0) {
    return Errno::Last("getxattr");
  }
  return static_cast<size_t>(size);
}

ErrnoOr<size_t> ListXattrs(int fd, std::span<char> buffer) {
  ssize_t size = flistxattr(fd, buffer.data(), buffer.size());
  if (size < 0) {
    return Errno::Last("flistxattr");
  }
  return static_cast<size_t>(size);
}

ErrnoOr<size_t> ReadSymlinkAt(int dir, const char* name, std::span<char> buffer) {
  ssize_t size = readlinkat(dir, name, buffer.data(), buffer.size());
  if (size < 0) {
    return Errno::Last("readlinkat");
  }
  return static_cast<size_t>(size);
}

ErrnoOr<struct stat> StatAt(int dir, const char* path, int flags) {
  struct stat info = {};
  SYS_RETURN_IF_ERROR(ResultOf(fstatat(dir, path, &info, flags), "stat"));
  return info;
}

ErrnoOr<struct stat> Stat(int fd) {
  struct stat info = {};
  SYS_RETURN_IF_ERROR(ResultOf(fstat(fd, &info), "fstat"));
  return info;
}

bool IsTmpfs(int fd) {
  struct statfs info = {};
  return fstatfs(fd, &info) == 0 && info.f_type == TMPFS_MAGIC;
}

ErrnoOr<Space> SpaceOf(int fd) {
  struct statvfs info = {};
  SYS_RETURN_IF_ERROR(ResultOf(fstatvfs(fd, &info), "fstatvfs"));
  return Space{info.f_blocks * info.f_frsize, info.f_bavail * info.f_frsize, info.f_files,
               info.f_favail};
}

}  // namespace berth::sys
