// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "absl/status/status.h"

namespace berth::imageservice {

// Takes bytes without a copy: the producer writes into the sink's own memory.
class ByteSink {
 public:
  virtual ~ByteSink() = default;

  // Where the next bytes go; never empty. Blocks while the sink is full.
  virtual std::span<char> Space() = 0;

  // The first `size` bytes of the last Space() are filled. An error is final: nobody wants more.
  virtual absl::Status Advance(size_t size) = 0;
};

}  // namespace berth::imageservice
