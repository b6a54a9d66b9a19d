// SPDX-License-Identifier: Apache-2.0
#include "base/new_file.h"

#include <fcntl.h>

#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth {
namespace {

constexpr size_t kMaxName = 255;

absl::Status Exists(const std::string& path) {
  return absl::AlreadyExistsError(absl::StrCat(path, " exists"));
}

}  // namespace

absl::StatusOr<NewFile> NewFile::Create(const std::string& path) {
  const std::string name(BaseName(path));
  if (!IsAbsolutePath(path) || HasDotDot(path) || name.empty() || name == "." ||
      name.size() > kMaxName || HasNul(path)) {
    return absl::InvalidArgumentError("must be the absolute path of a file, without \"..\"");
  }
  const std::string parent(ParentPath(path));
  sys::ErrnoOr<sys::Fd> directory = sys::OpenAt(AT_FDCWD, parent.c_str(), O_RDONLY | O_DIRECTORY);
  if (!directory.ok() && (directory.error().code == ENOENT || directory.error().code == ENOTDIR)) {
    return absl::InvalidArgumentError(absl::StrCat("there is no directory ", parent));
  }
  RETURN_IF_ERROR(ToStatus(directory, "open ", parent));
  if (sys::StatAt(directory->get(), name.c_str(), AT_SYMLINK_NOFOLLOW).ok()) {
    return Exists(path);
  }
  ASSIGN_OR_RETURN(sys::Fd file,
                   ToStatusOr(sys::OpenAt(directory->get(), ".", O_TMPFILE | O_RDWR, 0600),
                              "make a file in ", parent));
  return NewFile(path, *std::move(directory), std::move(file));
}

absl::Status NewFile::Sync() const {
  return ToStatus(sys::SyncFile(file_.get()), "sync ", path_);
}

absl::Status NewFile::Publish() const {
  RETURN_IF_ERROR(Sync());
  const std::string name(BaseName(path_));
  const sys::Result linked = sys::LinkUnnamed(file_.get(), directory_.get(), name.c_str());
  if (!linked.ok() && linked.error().code == EEXIST) {
    return Exists(path_);
  }
  RETURN_IF_ERROR(ToStatus(linked, "write ", path_));
  return ToStatus(sys::SyncFile(directory_.get()), "sync the directory of ", path_);
}

absl::Status WriteNewFile(const std::string& path, absl::string_view text) {
  ASSIGN_OR_RETURN(const NewFile file, NewFile::Create(path));
  RETURN_IF_ERROR(ToStatus(sys::WriteAll(file.fd(), text.data(), text.size()), "write ", path));
  return file.Publish();
}

}  // namespace berth
