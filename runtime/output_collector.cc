// SPDX-License-Identifier: Apache-2.0
#include "runtime/output_collector.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace berth::runtime {
namespace {

constexpr int kMaxReads = 16;  // in a row, so that one stream does not hide another's end

}  // namespace

size_t OutputBudget::Take(size_t want) {
  size_t left = left_.load();
  while (!left_.compare_exchange_weak(left, left - std::min(left, want))) {
  }
  return std::min(left, want);
}

// The beginning without a gap: once something is dropped, all that follows is.
void OutputCollector::Keep(const char* data, size_t size) {
  if (cut_) {
    return;
  }
  const size_t kept = budget_.Take(std::min(size, max_bytes_ - text_.size()));
  taken_ += kept;
  cut_ = kept < size;
  text_.append(data, kept);
}

void OutputCollector::Drain() {
  std::array<char, 64 << 10> buffer;
  for (int i = 0; i < kMaxReads; ++i) {
    const ssize_t size = read(pipe_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size < 0 && errno == EAGAIN) {
      return;
    }
    if (size <= 0) {
      pipe_ = sys::Fd();
      return;
    }
    Keep(buffer.data(), static_cast<size_t>(size));
  }
}

}  // namespace berth::runtime
