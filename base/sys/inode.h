// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// Makes, names and removes files of every kind and tells and sets what describes them, by directory
// descriptor and name, or by descriptor. AT_FDCWD is a directory where a path of the host, never of
// a container, is meant. No symlink in the last place is followed but where it says so. Modes given
// to a Make or Ensure function are subject to the umask.
namespace berth::sys {

Result MakeDirectory(int dir, const char* name, mode_t mode);    // EEXIST when something is there
Result EnsureDirectory(int dir, const char* name, mode_t mode);  // an existing one is success
Result MakeNode(int dir, const char* name, mode_t mode, dev_t device);
Result MakeSymlink(const char* target, int dir, const char* name);
Result MakeLink(int old_dir, const char* old_name, int new_dir, const char* new_name);

// Gives the unnamed file (O_TMPFILE) that `file` refers to a name. Needs /proc.
Result LinkUnnamed(int file, int dir, const char* name);

Result Rename(int old_dir, const char* old_name, int new_dir, const char* new_name);
// What does not exist counts as removed.
Result RemoveFile(int dir, const char* name);
Result RemoveDirectory(int dir, const char* name);

// A uid or gid of -1 stays.
Result SetOwner(int fd, uid_t uid, gid_t gid);
Result SetMode(int fd, mode_t mode);
Result SetModificationTime(int fd, const timespec& time);
Result SetOwnerAt(int dir, const char* name, uid_t uid, gid_t gid);
Result SetModeAt(int dir, const char* name, mode_t mode);  // follows a symlink
Result SetModificationTimeAt(int dir, const char* name, const timespec& time);

// chmod of a node that cannot be opened without side effects (a device, a fifo): through /proc, by
// the O_PATH descriptor `fd`, so the name cannot be exchanged in between.
Result SetModeOfPath(int fd, mode_t mode);

Result SetXattr(int fd, const char* name, const void* value, size_t size);
// The same by an O_PATH descriptor, be it of a symlink or a device, as SetModeOfPath. ENOTSUP where
// the filesystem has none.
Result SetXattrOfPath(int fd, const char* name, const void* value, size_t size);
// The value's size. ERANGE when the buffer is too small, ENODATA when there is no such attribute.
ErrnoOr<size_t> GetXattr(int fd, const char* name, std::span<char> buffer);
// The same by an O_PATH descriptor, as SetXattrOfPath.
ErrnoOr<size_t> GetXattrOfPath(int fd, const char* name, std::span<char> buffer);
// The names, each ended by a null. ERANGE when the buffer is too small.
ErrnoOr<size_t> ListXattrs(int fd, std::span<char> buffer);

// The text of a symlink; a result as long as the buffer may be cut.
ErrnoOr<size_t> ReadSymlinkAt(int dir, const char* name, std::span<char> buffer);

ErrnoOr<struct stat> StatAt(int dir, const char* path, int flags);
ErrnoOr<struct stat> Stat(int fd);

bool IsTmpfs(int fd);

struct Space {
  uint64_t bytes = 0;
  uint64_t free_bytes = 0;  // for unprivileged users
  uint64_t inodes = 0;      // 0: they are not counted
  uint64_t free_inodes = 0;
};
ErrnoOr<Space> SpaceOf(int fd);

}  // namespace berth::sys
