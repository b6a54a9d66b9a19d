// SPDX-License-Identifier: Apache-2.0
#include "base/sys/file.h"

#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstring>

#include "base/sys/inode.h"

namespace berth::sys {
namespace {

ErrnoOr<Fd> OpenResolved(int dir, const char* path, int flags, mode_t mode, uint64_t resolve) {
  open_how how = {};
  how.flags = static_cast<uint64_t>(flags) | O_CLOEXEC;
  how.mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? mode : 0;
  how.resolve = resolve;
  while (true) {
    long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
    if (fd >= 0) {
      return Fd(static_cast<int>(fd));
    }
    // EAGAIN: a rename raced with the resolution of "..", the kernel asks to try again.
    if (errno != EINTR && errno != EAGAIN) {
      return Errno::Last("openat2");
    }
  }
}

constexpr int kMaxDanglingLinks = 8;  // each leading to the next; a container may have made them

ErrnoOr<Fd> EnsureInRoot(int root, const char* path, mode_t mode, int links);

// Where the link `name` of the directory `parent` leads, as a path inside the root.
Result ReadTarget(int parent, const char* parent_path, const char* name, char (&target)[PATH_MAX]) {
  char link[PATH_MAX];
  SYS_ASSIGN_OR_RETURN(const size_t size,
                       ReadSymlinkAt(parent, name, std::span(link, sizeof(link) - 1)));
  link[size] = '\0';
  const int length =
      snprintf(target, sizeof(target), "%s/%s", link[0] == '/' ? "" : parent_path, link);
  if (length < 0 || static_cast<size_t>(length) >= sizeof(target)) {
    return Errno{ENAMETOOLONG, "mkdirat"};
  }
  return Done{};
}

// Opens or makes the last component of `walked`, whose others are there.
ErrnoOr<Fd> EnsureComponent(int root, const char* walked, mode_t mode, int links) {
  ErrnoOr<Fd> existing = OpenInRoot(root, walked, O_PATH | O_DIRECTORY);
  if (existing.ok() || existing.error().code != ENOENT) {
    return existing;
  }
  const char* slash = strrchr(walked, '/');
  const char* name = slash == nullptr ? walked : slash + 1;
  char parent_path[PATH_MAX];
  size_t parent_length = slash == nullptr ? 0 : static_cast<size_t>(slash - walked);
  memcpy(parent_path, walked, parent_length);
  parent_path[parent_length] = '\0';
  SYS_ASSIGN_OR_RETURN(
      Fd parent, OpenInRoot(root, parent_length == 0 ? "." : parent_path, O_PATH | O_DIRECTORY));
  if (mkdirat(parent.get(), name, mode) != 0 && errno != EEXIST) {
    return Errno::Last("mkdirat");
  }
  existing = OpenInRoot(root, walked, O_PATH | O_DIRECTORY);
  if (existing.ok() || existing.error().code != ENOENT) {
    return existing;
  }
  // A symlink to where nothing is yet.
  if (links == kMaxDanglingLinks) {
    return Errno{ELOOP, "mkdirat"};
  }
  char target[PATH_MAX];
  SYS_RETURN_IF_ERROR(ReadTarget(parent.get(), parent_path, name, target));
  return EnsureInRoot(root, target, mode, links + 1);
}

ErrnoOr<Fd> EnsureInRoot(int root, const char* path, mode_t mode, int links) {
  char walked[PATH_MAX];
  size_t length = strlen(path);
  if (length >= sizeof(walked)) {
    return Errno{ENAMETOOLONG, "mkdirat"};
  }
  ErrnoOr<Fd> current = OpenInRoot(root, ".", O_PATH | O_DIRECTORY);
  size_t end = 0;
  while (end < length && current.ok()) {
    while (end < length && path[end] == '/') {
      ++end;
    }
    size_t start = end;
    while (end < length && path[end] != '/') {
      ++end;
    }
    if (end == start) {
      break;
    }
    memcpy(walked, path, end);
    walked[end] = '\0';
    current = EnsureComponent(root, walked, mode, links);
  }
  return current;
}

ErrnoOr<size_t> CopyEnd(int from, int to) {
  SYS_RETURN_IF_ERROR(Truncate(to, lseek(from, 0, SEEK_END)));
  return size_t{0};
}

}  // namespace

ErrnoOr<Fd> OpenAt(int dir, const char* path, int flags, mode_t mode) {
  while (true) {
    int fd = openat(dir, path, flags | O_CLOEXEC, mode);
    if (fd >= 0) {
      return Fd(fd);
    }
    if (errno != EINTR) {
      return Errno::Last("openat");
    }
  }
}

ErrnoOr<Fd> OpenInRoot(int root, const char* path, int flags, mode_t mode) {
  return OpenResolved(root, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

ErrnoOr<Fd> OpenBeneath(int dir, const char* path, int flags, mode_t mode) {
  return OpenResolved(dir, path, flags, mode,
                      RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

ErrnoOr<Fd> OpenOnSameMount(int dir, const char* path, int flags) {
  return OpenResolved(
      dir, path, flags, 0,
      RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

ErrnoOr<Fd> Duplicate(int fd) {
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) {
    return Errno::Last("fcntl");
  }
  return Fd(copy);
}

ErrnoOr<Fd> EnsureDirectoryInRoot(int root, const char* path, mode_t mode) {
  ErrnoOr<Fd> existing = OpenInRoot(root, path, O_PATH | O_DIRECTORY);
  if (existing.ok() || existing.error().code != ENOENT) {
    return existing;
  }
  return EnsureInRoot(root, path, mode, 0);
}

ErrnoOr<Fd> EnsureFileInRoot(int root, const char* path, mode_t mode) {
  ErrnoOr<Fd> existing = OpenInRoot(root, path, O_PATH);
  if (existing.ok() || existing.error().code != ENOENT) {
    return existing;
  }
  const char* slash = strrchr(path, '/');
  if (slash != nullptr && slash != path) {
    char parent[PATH_MAX];
    size_t length = static_cast<size_t>(slash - path);
    if (length >= sizeof(parent)) {
      return Errno{ENAMETOOLONG, "openat2"};
    }
    memcpy(parent, path, length);
    parent[length] = '\0';
    SYS_RETURN_IF_ERROR(EnsureDirectoryInRoot(root, parent, 0755));
  }
  SYS_RETURN_IF_ERROR(OpenInRoot(root, path, O_CREAT | O_WRONLY | O_NOFOLLOW, mode));
  return OpenInRoot(root, path, O_PATH);
}

ErrnoOr<size_t> ReadFull(int fd, std::span<char> buffer) {
  size_t done = 0;
  while (done < buffer.size()) {
    ssize_t n = read(fd, buffer.data() + done, buffer.size() - done);
    if (n == 0) {
      break;
    }
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      return Errno::Last("read");
    }
    done += static_cast<size_t>(n);
  }
  return done;
}

Result WriteAll(int fd, const void* data, size_t size) {
  const char* bytes = static_cast<const char*>(data);
  while (size > 0) {
    ssize_t n = write(fd, bytes, size);
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      return Errno::Last("write");
    }
    bytes += n;
    size -= static_cast<size_t>(n);
  }
  return Done{};
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

Result WriteControlFile(int dir, const char* path, const void* data, size_t size) {
  SYS_ASSIGN_OR_RETURN(Fd file, OpenAt(dir, path, O_WRONLY));
  while (write(file.get(), data, size) < 0) {
    if (errno != EINTR) {
      return Errno::Last("write");
    }
  }
  return Done{};
}

Result Truncate(int fd, off_t size) {
  return ResultOf(ftruncate(fd, size), "ftruncate");
}

ErrnoOr<size_t> CopyNextPiece(int from, int to) {
  const off_t data = lseek(from, lseek(from, 0, SEEK_CUR), SEEK_DATA);
  if (data < 0 && errno == ENXIO) {  // nothing but a hole, or the end
    return CopyEnd(from, to);
  }
  const off_t hole = data < 0 ? data : lseek(from, data, SEEK_HOLE);
  if (hole < 0 || lseek(from, data, SEEK_SET) < 0 || lseek(to, data, SEEK_SET) < 0) {
    return Errno::Last("lseek");
  }
  const size_t size = std::min(static_cast<size_t>(hole - data), kCopyPiece);
  while (true) {
    ssize_t n = copy_file_range(from, nullptr, to, nullptr, size, 0);
    if (n < 0 && errno == EXDEV) {  // two kinds of filesystem
      n = sendfile(to, from, nullptr, size);
    }
    if (n == 0) {  // it was cut meanwhile
      return CopyEnd(from, to);
    }
    if (n > 0) {
      return static_cast<size_t>(n);
    }
    if (errno != EINTR) {
      return Errno::Last("copy_file_range");
    }
  }
}

Result SyncFile(int fd) {
  return ResultOf(fsync(fd), "fsync");
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

}  // namespace berth::sys
