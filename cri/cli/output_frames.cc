// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/output_frames.h"

#include <algorithm>

namespace berth::cli {
namespace {

constexpr size_t kHeadSize = 8;
constexpr char kError = 2;

uint32_t SizeIn(absl::string_view head) {
  uint32_t size = 0;
  for (const char byte : head.substr(kHeadSize - sizeof(size))) {
    size = size << 8 | static_cast<unsigned char>(byte);
  }
  return size;
}

}  // namespace

absl::Status OutputFrames::Take(absl::string_view bytes, Sink sink) {
  while (!bytes.empty()) {
    if (left_ > 0) {
      const absl::string_view text = bytes.substr(0, left_);
      sink(is_error_, text);
      left_ -= static_cast<uint32_t>(text.size());
      bytes.remove_prefix(text.size());
      continue;
    }
    const size_t part = std::min(kHeadSize - head_.size(), bytes.size());
    head_.append(bytes.data(), part);
    bytes.remove_prefix(part);
    if (head_.size() == kHeadSize) {
      if (head_[0] < 0 || head_[0] > kError) {
        return absl::DataLossError("the daemon's stream has something that is no frame");
      }
      is_error_ = head_[0] == kError;
      left_ = SizeIn(head_);
      head_.clear();
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::cli
