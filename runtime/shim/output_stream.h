// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "base/sys/fd.h"
#include "runtime/shim/log_file.h"
#include "runtime/shim/log_record.h"

namespace berth::shim {

// One stream of a container's output: a pipe or the master of a terminal, read without waiting.
// What does not end in a newline is kept until its line is whole.
class OutputStream {
 public:
  // `kept` is for the beginning of a line, kMaxLogPayload bytes.
  OutputStream(LogStream name, std::span<char, kMaxLogPayload> kept) : name_(name), kept_(kept) {}

  void Open(sys::Fd source) { source_ = std::move(source); }
  bool is_open() const { return source_.is_open(); }
  int fd() const { return source_.get(); }

  // Reads once and logs. False when the stream has ended: it stays open until Finish.
  bool Read(LogFile& log) { return ReadOnce(log) != Outcome::kEnd; }

  // Logs what is there and what was kept, and closes.
  void Finish(LogFile& log);

 private:
  enum class Outcome { kData, kNothing, kEnd };
  Outcome ReadOnce(LogFile& log);
  void LogKept(LogFile& log);

  sys::Fd source_;
  LogStream name_;
  std::span<char, kMaxLogPayload> kept_;
  size_t kept_size_ = 0;
};

}  // namespace berth::shim
