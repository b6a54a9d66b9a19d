// SPDX-License-Identifier: Apache-2.0
#include "base/sys/inode.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
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

Result ResultOf(int outcome, const char* call) {
  if (outcome != 0) {
    return Errno::Last(call);
  }
  return Done{};
}

}  // namespace

Result MakeDirectory(int dir, const char* name, mode_t mode) {
  return ResultOf(mkdirat(dir, name, mode), "mkdirat");
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

ErrnoOr<size_t> GetXattr(int fd, const char* name, std::span<char> buffer) {
  ssize_t size = fgetxattr(fd, name, buffer.data(), buffer.size());
  if (size < 0) {
    return Errno::Last("fgetxattr");
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

Result WriteAllAt(int fd, const void* data, size_t size, off_t offset) {
  const char* bytes = static_cast<const char*>(data);
  while (size > 0) {
    ssize_t n = pwrite(fd, bytes, size, offset);
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      return Errno::Last("pwrite");
    }
    bytes += n;
    offset += n;
    size -= static_cast<size_t>(n);
  }
  return Done{};
}

Result Truncate(int fd, off_t size) {
  return ResultOf(ftruncate(fd, size), "ftruncate");
}

Result CopyContent(int from, int to) {
  constexpr size_t kStep = 1 << 30;
  while (true) {
    ssize_t n = copy_file_range(from, nullptr, to, nullptr, kStep, 0);
    if (n < 0 && errno == EXDEV) {  // two kinds of filesystem
      n = sendfile(to, from, nullptr, kStep);
    }
    if (n == 0) {
      return Done{};
    }
    if (n < 0 && errno != EINTR) {
      return Errno::Last("copy_file_range");
    }
  }
}

Result SyncData(int fd) {
  return ResultOf(fdatasync(fd), "fdatasync");
}

Result SyncFilesystem(int fd) {
  return ResultOf(syncfs(fd), "syncfs");
}

Result StartWriteback(int fd, off_t offset, off_t size) {
  return ResultOf(sync_file_range(fd, offset, size, SYNC_FILE_RANGE_WRITE), "sync_file_range");
}

ErrnoOr<Space> SpaceOf(int fd) {
  struct statvfs info = {};
  SYS_RETURN_IF_ERROR(ResultOf(fstatvfs(fd, &info), "fstatvfs"));
  return Space{info.f_bavail * info.f_frsize, info.f_favail};
}

}  // namespace berth::sys
