// SPDX-License-Identifier: Apache-2.0
#include "base/sys/file.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstring>

namespace berth::sys {
namespace {

constexpr int kMaxTreeDepth = 4096;  // PATH_MAX / 2, no deeper tree can be made by path

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

// Opens or makes the component `name` of `dir` inside `root`. `walked` is the path so far including
// it.
ErrnoOr<Fd> EnsureComponent(int root, const char* walked, mode_t mode) {
  ErrnoOr<Fd> existing = OpenInRoot(root, walked, O_PATH | O_DIRECTORY);
  if (existing.ok() || existing.error().code != ENOENT) {
    return existing;
  }
  const char* slash = strrchr(walked, '/');
  char parent_path[PATH_MAX];
  size_t parent_length = slash == nullptr ? 0 : static_cast<size_t>(slash - walked);
  memcpy(parent_path, walked, parent_length);
  parent_path[parent_length] = '\0';
  SYS_ASSIGN_OR_RETURN(
      Fd parent, OpenInRoot(root, parent_length == 0 ? "." : parent_path, O_PATH | O_DIRECTORY));
  SYS_RETURN_IF_ERROR(EnsureDirectory(parent.get(), slash == nullptr ? walked : slash + 1, mode));
  return OpenInRoot(root, walked, O_PATH | O_DIRECTORY);
}

Result RemoveContents(int dir, dev_t device, int depth);

Result RemoveEntry(int dir, const char* name, dev_t device, int depth) {
  if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) {
    return Done{};
  }
  if (errno != EISDIR && errno != EPERM) {
    return Errno::Last("unlinkat");
  }
  SYS_ASSIGN_OR_RETURN(Fd child, OpenAt(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  SYS_RETURN_IF_ERROR(RemoveContents(child.get(), device, depth + 1));
  return RemoveDirectory(dir, name);
}

Result RemoveContents(int dir, dev_t device, int depth) {
  SYS_ASSIGN_OR_RETURN(struct stat info, Stat(dir));
  if (info.st_dev != device || depth > kMaxTreeDepth) {
    return Errno{EBUSY, "remove tree"};
  }
  SYS_ASSIGN_OR_RETURN(Fd copy, Duplicate(dir));
  DIR* stream = fdopendir(copy.Release());
  if (stream == nullptr) {
    return Errno::Last("fdopendir");
  }
  Result result = Done{};
  while (const dirent* entry =
             readdir(stream)) {  // NOLINT(concurrency-mt-unsafe) a stream of our own
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
      continue;
    }
    result = RemoveEntry(dir, entry->d_name, device, depth);
    if (!result.ok()) {
      break;
    }
  }
  closedir(stream);
  return result;
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

ErrnoOr<Fd> Duplicate(int fd) {
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) {
    return Errno::Last("fcntl");
  }
  return Fd(copy);
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

ErrnoOr<Fd> EnsureDirectoryInRoot(int root, const char* path, mode_t mode) {
  char walked[PATH_MAX];
  size_t length = strlen(path);
  if (length >= sizeof(walked)) {
    return Errno{ENAMETOOLONG, "mkdirat"};
  }
  ErrnoOr<Fd> existing = OpenInRoot(root, path, O_PATH | O_DIRECTORY);
  if (existing.ok() || existing.error().code != ENOENT) {
    return existing;
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
    current = EnsureComponent(root, walked, mode);
  }
  return current;
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

Result WriteControlFile(int dir, const char* path, const void* data, size_t size) {
  SYS_ASSIGN_OR_RETURN(Fd file, OpenAt(dir, path, O_WRONLY));
  while (write(file.get(), data, size) < 0) {
    if (errno != EINTR) {
      return Errno::Last("write");
    }
  }
  return Done{};
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

Result RemoveTree(int dir, const char* name) {
  ErrnoOr<struct stat> info = StatAt(dir, name, AT_SYMLINK_NOFOLLOW);
  if (!info.ok()) {
    return info.error().code == ENOENT ? Result(Done{}) : info.error();
  }
  return RemoveEntry(dir, name, info->st_dev, 0);
}

Result Rename(int old_dir, const char* old_name, int new_dir, const char* new_name) {
  return ResultOf(renameat(old_dir, old_name, new_dir, new_name), "rename");
}

Result SetMode(int dir, const char* path, mode_t mode) {
  return ResultOf(fchmodat(dir, path, mode, 0), "chmod");
}

Result SetOwner(int dir, const char* path, uid_t uid, gid_t gid) {
  return ResultOf(fchownat(dir, path, uid, gid, AT_SYMLINK_NOFOLLOW), "chown");
}

Result SyncFile(int fd) {
  return ResultOf(fsync(fd), "fsync");
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

}  // namespace berth::sys
