// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/fd.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth {
namespace {

constexpr size_t kChunk = 64 * 1024;
constexpr mode_t kParentMode = 0755;

}  // namespace

absl::StatusOr<std::string> ReadDescriptor(int fd, size_t max_bytes) {
  std::string bytes;
  while (true) {
    const size_t old_size = bytes.size();
    // One byte more than allowed tells a file at the limit from one over it.
    const size_t want = std::min(kChunk, max_bytes + 1 - old_size);
    bytes.resize(old_size + want);
    ASSIGN_OR_RETURN(size_t got,
                     ToStatusOr(sys::ReadFull(fd, std::span(bytes).subspan(old_size)), "read"));
    bytes.resize(old_size + got);
    if (bytes.size() > max_bytes) {
      return absl::InvalidArgumentError(absl::StrCat("larger than ", max_bytes, " bytes"));
    }
    if (got < want) {
      return bytes;
    }
  }
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  ASSIGN_OR_RETURN(sys::Fd file,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY), "open ", path));
  absl::StatusOr<std::string> bytes = ReadDescriptor(file.get(), max_bytes);
  if (!bytes.ok()) {
    return Annotate(bytes.status(), path);
  }
  return bytes;
}

absl::StatusOr<std::string> ReadRegularFile(const std::string& path, size_t max_bytes,
                                            LastLink last) {
  const int flags = O_RDONLY | O_NONBLOCK | (last == LastLink::kRefused ? O_NOFOLLOW : 0);
  ASSIGN_OR_RETURN(const sys::Fd file,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), flags), "open ", path));
  ASSIGN_OR_RETURN(const struct stat status, ToStatusOr(sys::Stat(file.get()), "stat ", path));
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is no regular file"));
  }
  absl::StatusOr<std::string> content = ReadDescriptor(file.get(), max_bytes);
  return content.ok() ? content : Annotate(content.status(), path);
}

absl::Status EnsureDirectories(const std::string& path, mode_t mode) {
  sys::Result made = sys::EnsureDirectory(AT_FDCWD, path.c_str(), mode);
  if (made.ok() || made.error().code != ENOENT) {
    return ToStatus(made, "make directory ", path);
  }
  RETURN_IF_ERROR(EnsureDirectories(std::string(ParentPath(path)), kParentMode));
  return ToStatus(sys::EnsureDirectory(AT_FDCWD, path.c_str(), mode), "make directory ", path);
}

}  // namespace berth
