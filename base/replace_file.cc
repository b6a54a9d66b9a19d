// SPDX-License-Identifier: Apache-2.0
#include "base/replace_file.h"

#include <fcntl.h>
#include <sys/types.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/path.h"
#include "base/random_id.h"
#include "base/short_id.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth {
namespace {

constexpr mode_t kOwnerOnly = 0600;

}  // namespace

absl::Status ReplaceFile(const std::string& path, absl::FunctionRef<absl::Status(int fd)> write) {
  const std::string unfinished = absl::StrCat(path, ".", ShortId(RandomId()));
  ASSIGN_OR_RETURN(
      const sys::Fd file,
      ToStatusOr(sys::OpenAt(AT_FDCWD, unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL, kOwnerOnly),
                 "make ", path));
  absl::Cleanup undo = [&] {
    LogIfError(ToStatus(sys::RemoveFile(AT_FDCWD, unfinished.c_str()), unfinished),
               "a file that is not whole stays");
  };
  RETURN_IF_ERROR(write(file.get()));
  RETURN_IF_ERROR(ToStatus(sys::SyncFile(file.get()), "write ", path));
  RETURN_IF_ERROR(
      ToStatus(sys::Rename(AT_FDCWD, unfinished.c_str(), AT_FDCWD, path.c_str()), "make ", path));
  std::move(undo).Cancel();
  const std::string parent(ParentPath(path));
  ASSIGN_OR_RETURN(
      const sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, parent.c_str(), O_RDONLY | O_DIRECTORY), "open ", parent));
  return ToStatus(sys::SyncFile(directory.get()), "sync ", parent);
}

}  // namespace berth
