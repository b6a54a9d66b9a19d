// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// Opens, reads, writes and syncs files. Every open implies O_CLOEXEC and retries EINTR. AT_FDCWD is
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

// OpenBeneath that does not leave the mount that `dir` lies on: EXDEV for what is mounted there, a
// bind of the same filesystem, too.
ErrnoOr<Fd> OpenOnSameMount(int dir, const char* path, int flags);

// Duplicates a descriptor with close-on-exec.
ErrnoOr<Fd> Duplicate(int fd);

// Opens the directory `path` inside `root`, making each missing component with `mode`. Resolution
// as OpenInRoot: a symlink in the middle leads to a place inside `root`, which is made where it is
// missing. ELOOP for more than 8 such symlinks.
ErrnoOr<Fd> EnsureDirectoryInRoot(int root, const char* path, mode_t mode);

// The same for a regular file: parents 0755, then the file is created empty unless something
// exists. Returns an O_PATH descriptor of what is there.
ErrnoOr<Fd> EnsureFileInRoot(int root, const char* path, mode_t mode);

// Reads until `buffer` is full or the file ends. Returns the number of bytes.
ErrnoOr<size_t> ReadFull(int fd, std::span<char> buffer);

// Writes all of it, over partial writes.
Result WriteAll(int fd, const void* data, size_t size);
Result WriteAllAt(int fd, const void* data, size_t size, off_t offset);

// Opens, writes in one write(2), closes: the way of cgroup and procfs control files.
Result WriteControlFile(int dir, const char* path, const void* data, size_t size);

Result Truncate(int fd, off_t size);

inline constexpr size_t kCopyPiece = 64 << 20;

// Copies the next piece of `from`, from its offset on, to the same place of `to`: inside the
// kernel, by reflink where the filesystem can. Holes stay holes. The bytes copied, at most
// kCopyPiece; 0 when all is copied and `to` is as long as `from`.
ErrnoOr<size_t> CopyNextPiece(int from, int to);

Result SyncFile(int fd);                                  // fsync(2)
Result SyncData(int fd);                                  // fdatasync(2)
Result SyncFilesystem(int fd);                            // syncfs(2)
Result StartWriteback(int fd, off_t offset, off_t size);  // sync_file_range(2), does not wait

}  // namespace berth::sys
