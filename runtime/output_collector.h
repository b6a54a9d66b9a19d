// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/sys/fd.h"

namespace berth::runtime {

// Gathers what comes out of a pipe, up to a limit; what is over it is read and dropped, so that the
// writer never waits. Used by one thread.
class OutputCollector {
 public:
  // `pipe` is the reading end, non-blocking.
  OutputCollector(sys::Fd pipe, size_t max_bytes) : pipe_(std::move(pipe)), max_bytes_(max_bytes) {}

  // Reads what is there, at most a few pipes full. The end closes it.
  void Drain();

  bool open() const { return pipe_.is_open(); }
  int fd() const { return pipe_.get(); }
  std::string Take() { return std::move(text_); }

 private:
  sys::Fd pipe_;
  const size_t max_bytes_;
  std::string text_;
};

}  // namespace berth::runtime
