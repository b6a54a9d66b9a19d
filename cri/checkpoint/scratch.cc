// SPDX-License-Identifier: Apache-2.0
#include "cri/checkpoint/scratch.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/path.h"
#include "base/random_id.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"

namespace berth::cri {
namespace {

constexpr mode_t kPrivateDirectory = 0700;
constexpr mode_t kPrivateFile = 0600;
constexpr size_t kNameBytes = 8;

}  // namespace

absl::StatusOr<ScratchDirectory> ScratchDirectory::Make(const std::string& parent) {
  RETURN_IF_ERROR(EnsureDirectories(parent, kPrivateDirectory));
  std::string path = JoinPath(parent, RandomHex(kNameBytes));
  RETURN_IF_ERROR(
      ToStatus(sys::MakeDirectory(AT_FDCWD, path.c_str(), kPrivateDirectory), "make ", path));
  ASSIGN_OR_RETURN(
      sys::Fd fd,
      ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY), "open ", path));
  return ScratchDirectory(std::move(path), std::move(fd));
}

ScratchDirectory::~ScratchDirectory() {
  if (fd_.is_open()) {
    LogIfError(ToStatus(sys::RemoveTree(AT_FDCWD, path_.c_str()), "remove ", path_),
               "a directory of a checkpoint stays until the next start");
  }
}

absl::StatusOr<sys::Fd> ScratchDirectory::MakeFile(const char* name) const {
  return ToStatusOr(
      sys::OpenAt(fd_.get(), name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, kPrivateFile), "make ",
      name);
}

absl::Status ScratchDirectory::WriteFile(const char* name, const std::string& text) const {
  ASSIGN_OR_RETURN(const sys::Fd file, MakeFile(name));
  return ToStatus(sys::WriteAll(file.get(), text.data(), text.size()), "write ", name);
}

absl::Status ScratchDirectory::MoveTo(const std::string& path) {
  RETURN_IF_ERROR(EnsureDirectories(std::string(ParentPath(path)), kPrivateDirectory));
  RETURN_IF_ERROR(
      ToStatus(sys::Rename(AT_FDCWD, path_.c_str(), AT_FDCWD, path.c_str()), "move to ", path));
  fd_ = sys::Fd();
  return absl::OkStatus();
}

absl::Status ClearScratch(const std::string& parent) {
  return ToStatus(sys::RemoveTree(AT_FDCWD, parent.c_str()), "remove ", parent);
}

}  // namespace berth::cri
