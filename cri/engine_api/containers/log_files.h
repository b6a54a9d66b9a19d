// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/keyed_holds.h"
#include "base/sys/fd.h"

namespace berth::cri {

inline constexpr int64_t kMaxLogFiles = 1000;

// The files of containers' logs: <path> is written to, <path>.1 is what was before it, and so on.
// Who reads a log and who rotates it take turns, so that a reader finds all files, and all but the
// first of them complete. Thread-safe.
class LogFiles {
 public:
  // All there are, the oldest first.
  std::vector<sys::Fd> Open(const std::string& path);
  // Those after `last`, which was the newest; all, when it is no more among them.
  std::vector<sys::Fd> OpenAfter(const std::string& path, int last);

  // Makes room for a new file and has it opened by `reopen`, after which nothing is written to the
  // others. At most `max_files` are left. When it fails all is as before, but for the oldest file;
  // after DeadlineExceeded, as it may yet be opened, the newest is missing until another Rotate,
  // which then has it opened only. So it is, too, where a daemon was killed in one.
  absl::Status Rotate(const std::string& path, int64_t max_files,
                      absl::FunctionRef<absl::Status()> reopen);

 private:
  KeyedHolds turns_;  // by path
};

// Reads a log over its files. For one thread.
class LogTail {
 public:
  // What there is when reading begins, though a flood may go on behind it; or that, and what comes
  // later.
  enum class Extent { kPresent, kGrowing };

  LogTail(LogFiles& files, std::string path, Extent extent)
      : files_(files), path_(std::move(path)), extent_(extent) {}

  // Says how many bytes before the end Next is to begin; nothing when it is earlier than the block.
  using Find = absl::FunctionRef<absl::StatusOr<std::optional<uint64_t>>(absl::string_view block)>;
  // Before reading: hands on all there is, in blocks from its end backwards, and at last an empty
  // one, until `find` has found the place, to which Next keeps whatever becomes of the files
  // meanwhile. Where it is not found Next begins with the oldest, but with what comes yet where a
  // file is found cut short. Ends with the error of `find`, or of reading.
  absl::Status SeekBackward(Find find);

  // What comes next, valid until the next call; empty when that is all, or all for now.
  absl::string_view Next();

 private:
  void Open();
  // Of waiting_, of which no more than left_ is read.
  std::vector<uint64_t> Sizes() const;
  void Skip(uint64_t bytes);

  LogFiles& files_;
  const std::string path_;
  const Extent extent_;
  uint64_t left_ = UINT64_MAX;    // bytes to be read
  std::vector<sys::Fd> waiting_;  // after the current one, the oldest last
  sys::Fd current_;
  std::string bytes_;
};

}  // namespace berth::cri
