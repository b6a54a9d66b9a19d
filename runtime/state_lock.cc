// SPDX-License-Identifier: Apache-2.0
#include "runtime/state_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"

namespace berth::runtime {
namespace {

// What a killed daemon was just starting keeps its lock until it executes.
constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr absl::Duration kBetweenAttempts = absl::Milliseconds(10);

}  // namespace

absl::StatusOr<sys::Fd> LockDirectory(const std::string& directory, mode_t mode) {
  RETURN_IF_ERROR(EnsureDirectories(directory, mode));
  const std::string path = JoinPath(directory, "berthd.lock");
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
