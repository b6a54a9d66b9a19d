// SPDX-License-Identifier: Apache-2.0
#include "runtime/state_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/descriptor_path.h"
#include "base/file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::runtime {
namespace {

// What a killed daemon was just starting keeps its lock until it executes.
constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr absl::Duration kBetweenAttempts = absl::Milliseconds(10);
constexpr char kLockFile[] = "berthd.lock";

absl::StatusOr<std::string> RealPath(const std::string& path) {
  ASSIGN_OR_RETURN(const sys::Fd opened,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_PATH), "open ", path));
  return PathOf(opened.get());
}

// Of what is not there yet, the nearest that is.
absl::StatusOr<std::string> RealParent(const std::string& directory) {
  std::string path = CleanPath(directory);
  absl::StatusOr<std::string> real = RealPath(path);
  if (real.ok()) {
    return std::string(ParentPath(*real));
  }
  while (absl::IsNotFound(real.status())) {
    path = std::string(ParentPath(path));
    real = RealPath(path);
  }
  return real;
}

}  // namespace

absl::Status CheckLiesInNoOther(const std::string& directory, const std::string& own) {
  ASSIGN_OR_RETURN(std::string above, RealParent(directory));
  const std::string ours = RealPath(own).value_or(own);
  while (true) {
    const std::string lock = JoinPath(above, kLockFile);
    if (above != ours && sys::StatAt(AT_FDCWD, lock.c_str(), AT_SYMLINK_NOFOLLOW).ok()) {
      return absl::FailedPreconditionError(absl::StrCat(
          directory, " lies in a directory that is a daemon's, which would sweep it: there is ",
          lock));
    }
    if (above == "/") {
      return absl::OkStatus();
    }
    above = std::string(ParentPath(above));
  }
}

absl::StatusOr<sys::Fd> LockDirectory(const std::string& directory, mode_t mode) {
  RETURN_IF_ERROR(EnsureDirectories(directory, mode));
  const std::string path = JoinPath(directory, kLockFile);
  ASSIGN_OR_RETURN(
      sys::Fd file,
      ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_RDWR | O_CREAT, 0600), "open ", path));
  const absl::Time give_up = SteadyNow() + kPatience;
  while (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return ErrnoStatus(sys::Errno::Last("flock"), path);
    }
    if (SteadyNow() >= give_up) {
      return absl::UnavailableError(absl::StrCat("another daemon uses ", directory));
    }
    absl::SleepFor(kBetweenAttempts);  // nothing tells when a lock is given up
  }
  return file;
}

}  // namespace berth::runtime
