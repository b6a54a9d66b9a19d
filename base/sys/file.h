// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// Files by directory descriptor. Every open implies O_CLOEXEC and retries EINTR. AT_FDCWD is
// accepted as a directory wherever a path of the host, never of a container, is meant.
namespace berth::sys {

// openat(2) with O_CLOEXEC added. For paths that we chose ourselves.
ErrnoOr<Fd> OpenAt(int dir, const char* path, int flags, mode_t mode = 0);

// openat2(2) inside `root`: symlinks and ".." resolve as in a chroot at `root` and never leave it;
// magic links are refused. The way to open anything whose path an image or container chose.
ErrnoOr<Fd> OpenInRoot(int root, const char* path, int flags, mode_t mode = 0);

// openat2(2) with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS: no link is
// followed.
ErrnoOr<Fd> OpenBeneath(int dir, const char* path, int flags, mode_t mode = 0);

// Duplicates a descriptor with close-on-exec.
ErrnoOr<Fd> Duplicate(int fd);

// Makes one directory; an existing directory is success ("Ensure"). Not recursive.
Result EnsureDirectory(int dir, const char* name, mode_t mode);

// Opens the directory `path` inside `root`, making each missing component with `mode`. Resolution
// as OpenInRoot, so a symlink in the middle leads to a place inside `root`.
ErrnoOr<Fd> EnsureDirectoryInRoot(int root, const char* path, mode_t mode);

// The same for a regular file: parents 0755, then the file is created empty unless something
// exists. Returns an O_PATH descriptor of what is there.
ErrnoOr<Fd> EnsureFileInRoot(int root, const char* path, mode_t mode);

// Reads until `buffer` is full or the file ends. Returns the number of bytes.
ErrnoOr<size_t> ReadFull(int fd, std::span<char> buffer);

// Writes all of it, over partial writes.
Result WriteAll(int fd, const void* data, size_t size);

// Opens, writes in one write(2), closes: the way of cgroup and procfs control files.
Result WriteControlFile(int dir, const char* path, const void* data, size_t size);

// unlinkat(2); what does not exist counts as removed.
Result RemoveFile(int dir, const char* name);
Result RemoveDirectory(int dir, const char* name);

// Removes `name` below `dir` and everything in it, never following a symlink and never crossing
// into another mounted filesystem (EBUSY then). Absence is success. Not for the shim: it recurses.
Result RemoveTree(int dir, const char* name);

Result Rename(int old_dir, const char* old_name, int new_dir, const char* new_name);
// fchmodat(2) and fchownat(2) on a path of the host that we chose; a uid or gid of -1 stays.
Result SetMode(int dir, const char* path, mode_t mode);
Result SetOwner(int dir, const char* path, uid_t uid, gid_t gid);
Result SyncFile(int fd);
ErrnoOr<struct stat> StatAt(int dir, const char* path, int flags);
ErrnoOr<struct stat> Stat(int fd);

}  // namespace berth::sys
