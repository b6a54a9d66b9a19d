// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <string>

#include "base/sys/fd.h"

namespace berth::runtime {

// Bytes that several collectors share. Thread-safe.
class OutputBudget {
 public:
  explicit OutputBudget(size_t bytes) : left_(bytes) {}

  // As many of `want` as are left.
  size_t Take(size_t want);
  void GiveBack(size_t bytes) { left_.fetch_add(bytes); }

 private:
  std::atomic<size_t> left_;
};

// Gathers what comes out of a pipe, up to a limit and while the budget has something left; the rest
// is read and dropped, so that the writer never waits. Used by one thread.
class OutputCollector {
 public:
  // `pipe` is the reading end, non-blocking.
  OutputCollector(sys::Fd pipe, size_t max_bytes, OutputBudget& budget)
      : pipe_(std::move(pipe)), max_bytes_(max_bytes), budget_(budget) {}
  OutputCollector(const OutputCollector&) = delete;
  OutputCollector& operator=(const OutputCollector&) = delete;
  ~OutputCollector() { budget_.GiveBack(taken_); }

  // Reads what is there, at most a few pipes full. The end closes it.
  void Drain();

  bool open() const { return pipe_.is_open(); }
  int fd() const { return pipe_.get(); }
  std::string Take() { return std::move(text_); }

 private:
  void Keep(const char* data, size_t size);

  sys::Fd pipe_;
  const size_t max_bytes_;
  OutputBudget& budget_;
  size_t taken_ = 0;  // of the budget
  bool cut_ = false;
  std::string text_;
};

}  // namespace berth::runtime
