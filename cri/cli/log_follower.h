// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/log_record.h"
#include "base/sys/fd.h"

namespace berth::cli {

using LogSink = std::function<void(const LogRecord&)>;

// Reads a container's log file, also while it grows and when it is rotated (renamed, and a new one
// made under its name). Not thread-safe.
class LogFollower {
 public:
  // From the beginning of the last `tail` lines that were said by `until`, of all lines when `tail`
  // is negative, to the first record that was said later. A file that does not exist yet is empty
  // so far; its directory must exist.
  static absl::StatusOr<LogFollower> Open(const std::string& path, int64_t tail,
                                          absl::Time until = absl::InfiniteFuture());

  // Readable when there may be more. Level-triggered until Drain.
  int fd() const { return watch_.get(); }

  // Hands every whole record that is there now to the sink, oldest first. DataLoss for a line that
  // is no record.
  absl::Status Drain(const LogSink& sink);
  // Whether something was said after `until`: nothing more is handed on.
  bool is_over() const { return is_over_; }

 private:
  LogFollower(std::string path, sys::Fd watch, absl::Time until)
      : path_(std::move(path)), watch_(std::move(watch)), until_(until) {}

  absl::Status SeekToTail(int64_t tail);
  absl::StatusOr<bool> Reopen();
  absl::Status ReadToEnd(const LogSink& sink);
  absl::Status Emit(const LogSink& sink);

  std::string path_;
  sys::Fd watch_;  // inotify on the directory
  absl::Time until_;
  bool is_over_ = false;
  sys::Fd file_;        // closed: the file does not exist yet
  std::string unread_;  // the beginning of a record that is not whole yet
};

}  // namespace berth::cli
