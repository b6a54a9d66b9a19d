// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/log_follower.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/read_at.h"

namespace berth::cli {
namespace {

constexpr size_t kBlock = 64 * 1024;

bool IsSameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

void DiscardEvents(int watch) {
  char events[4096];
  while (read(watch, events, sizeof(events)) > 0) {
  }
}

// The last `size` bytes of the first `length` bytes of the file.
absl::StatusOr<std::string> ReadEnd(int file, size_t length, size_t size) {
  std::string text(size, '\0');
  ASSIGN_OR_RETURN(
      const size_t got,
      ToStatusOr(sys::ReadFullAt(file, text, static_cast<off_t>(length - size)), "read the log"));
  text.resize(got);  // less when it was cut short meanwhile
  return text;
}

bool IsLater(const LogRecord& record, absl::Time until) {
  absl::Time at;
  return until != absl::InfiniteFuture() &&
         absl::ParseTime(absl::RFC3339_full, record.time, &at, nullptr) && at > until;
}

// The text before the first record that was said later.
absl::string_view SaidBy(absl::Time until, absl::string_view text) {
  if (until == absl::InfiniteFuture()) {
    return text;
  }
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const std::optional<LogRecord> record = ParseLogRecord(text.substr(start, end - start));
    if (record.has_value() && IsLater(*record, until)) {
      return text.substr(0, start);
    }
    start = end + 1;
  }
  return text;
}

}  // namespace

absl::StatusOr<LogFollower> LogFollower::Open(const std::string& path, int64_t tail,
                                              absl::Time until) {
  sys::Fd watch(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  const std::string directory(ParentPath(path));
  if (inotify_add_watch(watch.get(), directory.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0) {
    return ErrnoStatus(sys::Errno::Last("inotify_add_watch"), absl::StrCat("watch ", directory));
  }
  LogFollower follower(path, std::move(watch), until);
  RETURN_IF_ERROR(follower.Reopen().status());
  RETURN_IF_ERROR(follower.SeekToTail(tail));
  return follower;
}

// What was said later is passed over as it is found, so that only the lines wanted are ever held.
absl::Status LogFollower::SeekToTail(int64_t tail) {
  if (tail < 0 || !file_.is_open()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const struct stat stat, ToStatusOr(sys::Stat(file_.get()), "stat ", path_));
  auto end = static_cast<size_t>(stat.st_size);
  size_t start = 0;
  for (size_t size = std::min(kBlock, end); size > 0;) {
    ASSIGN_OR_RETURN(const std::string text, ReadEnd(file_.get(), end, size));
    const absl::string_view said = SaidBy(until_, text);
    const std::optional<size_t> found = TailStart(said, static_cast<size_t>(tail));
    if (found.has_value()) {
      start = end - size + *found;
      break;
    }
    if (said.size() < text.size()) {
      end = end - size + said.size();
      size = std::min(kBlock, end);
    } else if (size < end) {
      size = std::min(size * 2, end);
    } else {
      break;
    }
  }
  if (lseek(file_.get(), static_cast<off_t>(start), SEEK_SET) < 0) {
    return ErrnoStatus(sys::Errno::Last("lseek"), path_);
  }
  return absl::OkStatus();
}

// True when the name leads to another file than before, which is open from now on.
absl::StatusOr<bool> LogFollower::Reopen() {
  sys::ErrnoOr<sys::Fd> file = sys::OpenAt(AT_FDCWD, path_.c_str(), O_RDONLY);
  if (!file.ok() && file.error().code == ENOENT) {
    return false;
  }
  RETURN_IF_ERROR(ToStatus(file, "open ", path_));
  if (file_.is_open()) {
    ASSIGN_OR_RETURN(const struct stat now, ToStatusOr(sys::Stat(file->get()), "stat ", path_));
    ASSIGN_OR_RETURN(const struct stat held, ToStatusOr(sys::Stat(file_.get()), "stat ", path_));
    if (IsSameFile(now, held)) {
      return false;
    }
  }
  file_ = *std::move(file);
  unread_.clear();
  return true;
}

absl::Status LogFollower::Drain(const LogSink& sink) {
  DiscardEvents(watch_.get());
  bool another = true;
  while (another) {
    RETURN_IF_ERROR(ReadToEnd(sink));
    ASSIGN_OR_RETURN(another, Reopen());
  }
  return absl::OkStatus();
}

absl::Status LogFollower::ReadToEnd(const LogSink& sink) {
  char block[kBlock];
  while (file_.is_open() && !is_over_) {
    const ssize_t got = read(file_.get(), block, sizeof(block));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return ErrnoStatus(sys::Errno::Last("read"), path_);
    }
    if (got == 0) {
      break;
    }
    unread_.append(block, static_cast<size_t>(got));
    RETURN_IF_ERROR(Emit(sink));
  }
  return absl::OkStatus();
}

absl::Status LogFollower::Emit(const LogSink& sink) {
  constexpr size_t kShown = 80;
  size_t start = 0;
  for (size_t end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n', start)) {
    const absl::string_view line = absl::string_view(unread_).substr(start, end - start);
    const std::optional<LogRecord> record = ParseLogRecord(line);
    if (!record.has_value()) {
      return absl::DataLossError(absl::StrCat(path_, ": no record of a container's log: \"",
                                              absl::CHexEscape(line.substr(0, kShown)), "\""));
    }
    if (IsLater(*record, until_)) {
      is_over_ = true;
      unread_.clear();
      return absl::OkStatus();
    }
    sink(*record);
    start = end + 1;
  }
  unread_.erase(0, start);
  if (unread_.size() > kMaxRecordSize) {
    return absl::DataLossError(absl::StrCat(path_, ": a line is longer than ", kMaxRecordSize));
  }
  return absl::OkStatus();
}

}  // namespace berth::cli
