// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace berth::cli {

// Takes docker's frames apart: each piece of output has a head with its stream and its size, where
// the container has no terminal.
class OutputFrames {
 public:
  using Sink = absl::FunctionRef<void(bool is_error, absl::string_view text)>;

  // What comes next; hands on what of it is output, also of frames that have not ended. DataLoss
  // for what is no frame.
  absl::Status Take(absl::string_view bytes, Sink sink);

 private:
  std::string head_;   // of a frame whose head is not whole
  uint32_t left_ = 0;  // bytes of the frame that come yet
  bool is_error_ = false;
};

}  // namespace berth::cli
