// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/id_file.h"

#include <errno.h>
#include <fcntl.h>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::cli {
namespace {

constexpr mode_t kMode = 0644;

}  // namespace

absl::StatusOr<IdFile> IdFile::Make(const std::string& path) {
  if (path.empty()) {
    return IdFile("", sys::Fd());
  }
  sys::ErrnoOr<sys::Fd> file =
      sys::OpenAt(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_EXCL, kMode);
  if (!file.ok() && file.error().code == EEXIST) {
    return absl::AlreadyExistsError(
        absl::StrCat("--cidfile ", path,
                     ": the file is there: remove it, unless it is of a container that you need"));
  }
  RETURN_IF_ERROR(ToStatus(file, "--cidfile ", path));
  return IdFile(path, *std::move(file));
}

IdFile::~IdFile() {
  if (!path_.empty()) {
    (void)sys::RemoveFile(AT_FDCWD, path_.c_str());
  }
}

absl::Status IdFile::Write(const std::string& id) {
  return file_.is_open()
             ? ToStatus(sys::WriteAll(file_.get(), id.data(), id.size()), "--cidfile ", path_)
             : absl::OkStatus();
}

}  // namespace berth::cli
