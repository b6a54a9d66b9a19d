// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"
#include "runtime/shim/log_record.h"

namespace berth::shim {

// A container's log file, which both of its streams share. Records reach it whole, several with one
// write. When the disk is full, records are dropped until there is space again; a container never
// waits for space.
class LogFile {
 public:
  // Opens or makes the file (0640), to append; the path is that of a plan (plan/log_place.h).
  // EINVAL when it is not a regular file, ELOOP when a name beneath the log directory is a link.
  // With an empty path everything written is discarded. On failure what was open stays so.
  sys::Result Open(std::string_view path);

  void Close() { file_ = sys::Fd(); }
  bool discards() const { return !file_.is_open(); }

  // Appends whole records, all of them or the first few.
  void Append(std::string_view records);

 private:
  void CutToWholeRecords(std::string_view written);
  sys::Fd file_;
};

// Puts the records of one read together and appends them to a log. The space is the process's only
// one.
class LogBatch {
 public:
  LogBatch(LogFile& log, LogStream stream, int64_t time);

  void Add(const LogPiece& piece);
  void Flush();

 private:
  LogFile& log_;
  char head_[kLogHeadSize];
  size_t size_ = 0;
};

}  // namespace berth::shim
