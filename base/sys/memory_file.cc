// SPDX-License-Identifier: Apache-2.0
#include "base/sys/memory_file.h"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sys/file.h"
#include "base/sys/inode.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // Linux 6.3; older kernels make every memfd executable
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

namespace berth::sys {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

ErrnoOr<Fd> MakeMemoryFile(const char* name, unsigned kind) {
  unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  long fd = syscall(SYS_memfd_create, name, flags | kind);
  if (fd < 0 && errno == EINVAL) {
    fd =
        syscall(SYS_memfd_create, name, flags);  // fallback until Linux 6.3 is the oldest supported
  }
  if (fd < 0) {
    return Errno::Last("memfd_create");
  }
  return Fd(static_cast<int>(fd));
}

ErrnoOr<Fd> Seal(Fd file) {
  SYS_RETURN_IF_ERROR(ResultOf(lseek(file.get(), 0, SEEK_SET), "lseek"));
  if (fcntl(file.get(), F_ADD_SEALS, kSeals) < 0) {
    return Errno::Last("fcntl");
  }
  return file;
}

}  // namespace

ErrnoOr<Fd> SealedMemoryFile(const char* name, const void* bytes, size_t size) {
  SYS_ASSIGN_OR_RETURN(Fd file, MakeMemoryFile(name, MFD_NOEXEC_SEAL));
  SYS_RETURN_IF_ERROR(WriteAll(file.get(), bytes, size));
  return Seal(std::move(file));
}

ErrnoOr<Fd> SealedProgram(const char* name, int source) {
  SYS_ASSIGN_OR_RETURN(Fd file, MakeMemoryFile(name, MFD_EXEC));
  SYS_ASSIGN_OR_RETURN(struct stat info, Stat(source));
  off_t offset = 0;
  while (offset < info.st_size) {
    ssize_t n = sendfile(file.get(), source, &offset, static_cast<size_t>(info.st_size - offset));
    if (n == 0) {
      return Errno{EIO, "sendfile"};  // it has shrunk meanwhile
    }
    if (n < 0 && errno != EINTR) {
      return Errno::Last("sendfile");
    }
  }
  SYS_RETURN_IF_ERROR(ResultOf(fchmod(file.get(), 0555), "fchmod"));
  return Seal(std::move(file));
}

ErrnoOr<Fd> MemoryFile(const char* name) {
  return MakeMemoryFile(name, MFD_NOEXEC_SEAL);
}

ErrnoOr<size_t> ReadMemoryFile(int fd, std::span<char> buffer) {
  SYS_RETURN_IF_ERROR(ResultOf(lseek(fd, 0, SEEK_SET), "lseek"));
  return ReadFull(fd, buffer);
}

bool IsSealed(int fd) {
  constexpr int kNeeded = F_SEAL_SHRINK | F_SEAL_WRITE;
  int seals = fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & kNeeded) == kNeeded;
}

}  // namespace berth::sys
