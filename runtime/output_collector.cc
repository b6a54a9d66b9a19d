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
    text_.append(buffer.data(), std::min(static_cast<size_t>(size), max_bytes_ - text_.size()));
  }
}

}  // namespace berth::runtime
