// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

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

// Hands on what is put into it, piece by piece.
class PieceSink : public ByteSink {
 public:
  explicit PieceSink(std::function<absl::Status(absl::string_view)> take)
      : take_(std::move(take)), space_(kPiece, '\0') {}
  std::span<char> Space() override { return space_; }
  absl::Status Advance(size_t size) override {
    return take_(absl::string_view(space_).substr(0, size));
  }

 private:
  static constexpr size_t kPiece = 256 << 10;

  const std::function<absl::Status(absl::string_view)> take_;
  std::string space_;
};

}  // namespace berth::imageservice
