// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// Makes files of every kind and sets what describes them, by directory descriptor and one name, or
// by descriptor. No symlink is ever followed. Modes given to a Make function are subject to the
// umask.
namespace berth::sys {

Result MakeDirectory(int dir, const char* name, mode_t mode);  // EEXIST when something is there
Result MakeNode(int dir, const char* name, mode_t mode, dev_t device);
Result MakeSymlink(const char* target, int dir, const char* name);
Result MakeLink(int old_dir, const char* old_name, int new_dir, const char* new_name);

// Gives the unnamed file (O_TMPFILE) that `file` refers to a name. Needs /proc.
Result LinkUnnamed(int file, int dir, const char* name);

Result SetOwner(int fd, uid_t uid, gid_t gid);
Result SetMode(int fd, mode_t mode);
Result SetModificationTime(int fd, const timespec& time);
Result SetOwnerAt(int dir, const char* name, uid_t uid, gid_t gid);
Result SetModificationTimeAt(int dir, const char* name, const timespec& time);

// chmod of a node that cannot be opened without side effects (a device, a fifo): through /proc, by
// the O_PATH descriptor `fd`, so the name cannot be exchanged in between.
Result SetModeOfPath(int fd, mode_t mode);

Result SetXattr(int fd, const char* name, const void* value, size_t size);
// The value's size. ERANGE when the buffer is too small, ENODATA when there is no such attribute.
ErrnoOr<size_t> GetXattr(int fd, const char* name, std::span<char> buffer);
// The names, each ended by a null. ERANGE when the buffer is too small.
ErrnoOr<size_t> ListXattrs(int fd, std::span<char> buffer);

// The text of a symlink; a result as long as the buffer may be cut.
ErrnoOr<size_t> ReadSymlinkAt(int dir, const char* name, std::span<char> buffer);

// Writes all of it at an offset, over partial writes.
Result WriteAllAt(int fd, const void* data, size_t size, off_t offset);
Result Truncate(int fd, off_t size);

// Copies the whole of `from`, inside the kernel and by reflink where the filesystem can, to the
// current offset of `to`.
Result CopyContent(int from, int to);

Result SyncData(int fd);                                  // fdatasync(2)
Result SyncFilesystem(int fd);                            // syncfs(2)
Result StartWriteback(int fd, off_t offset, off_t size);  // sync_file_range(2), does not wait

struct Space {
  uint64_t free_bytes = 0;  // for unprivileged users
  uint64_t free_inodes = 0;
};
ErrnoOr<Space> SpaceOf(int fd);

}  // namespace berth::sys
