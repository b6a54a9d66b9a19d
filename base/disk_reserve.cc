// SPDX-License-Identifier: Apache-2.0
#include "base/disk_reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth {
namespace {

absl::Status Allocate(int file, int mode, int64_t bytes, const std::string& path) {
  if (fallocate(file, mode, 0, bytes) != 0 && errno != EOPNOTSUPP) {
    return ErrnoStatus(sys::Errno::Last("fallocate"), path);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReserveBlocks(const std::string& path, int64_t bytes) {
  ASSIGN_OR_RETURN(sys::Fd file, ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(),
                                                        O_WRONLY | O_CLOEXEC | O_NOFOLLOW),
                                            "open ", path));
  return Allocate(file.get(), FALLOC_FL_KEEP_SIZE, bytes, path);
}

absl::Status MakeReserve(const std::string& path, int64_t bytes) {
  ASSIGN_OR_RETURN(sys::Fd file, ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(),
                                                        O_WRONLY | O_CREAT | O_NOFOLLOW, 0600),
                                            "make ", path));
  return Allocate(file.get(), 0, bytes, path);
}

bool GiveUpReserve(const std::string& path) {
  return sys::StatAt(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW).ok() &&
         sys::RemoveFile(AT_FDCWD, path.c_str()).ok();
}

absl::Status CheckRoom(const std::string& path, int64_t bytes) {
  struct statvfs info = {};
  if (statvfs(path.c_str(), &info) != 0) {
    return ErrnoStatus(sys::Errno::Last("statvfs"), path);
  }
  if (static_cast<int64_t>(info.f_bfree * info.f_frsize) < bytes) {
    return absl::ResourceExhaustedError(absl::StrCat("the disk of ", path, " is full"));
  }
  return absl::OkStatus();
}

}  // namespace berth
