// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

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

  struct Chunk {
    bool ended = false;
    std::string_view bytes;  // until anything is read again; empty: there is nothing now
  };
  // Reads once and logs. A stream that has ended stays open until Finish.
  Chunk Read(LogFile& log);

  // Logs what was kept, and closes. Nobody watches it any more.
  void Finish(LogFile& log);

  bool watched() const { return watched_; }
  void set_watched(bool watched) { watched_ = watched; }

 private:
  sys::Fd source_;
  LogStream name_;
  std::span<char, kMaxLogPayload> kept_;
  size_t kept_size_ = 0;
  bool watched_ = false;
};

}  // namespace berth::shim
