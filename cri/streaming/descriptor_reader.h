// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "absl/strings/string_view.h"

#include "base/sys/fd.h"
#include "cri/streaming/asio.h"

namespace berth::cri {

// Reads a pipe, a terminal or a socket a piece at a time, on the loop's thread.
class DescriptorReader : public std::enable_shared_from_this<DescriptorReader> {
 public:
  explicit DescriptorReader(asio::io_context& loop) : descriptor_(loop) {}

  using OnData = std::function<void(absl::string_view)>;
  // Why there is no more: asio::error::eof or what read(2) said.
  using OnEnd = std::function<void(const ErrorCode&)>;

  // `on_data` is called for each ReadMore, or `on_end` once.
  void Open(sys::Fd source, OnData on_data, OnEnd on_end);
  // Nothing while a read is in progress or after the end.
  void ReadMore();
  // Nothing is called any more.
  void Close();

  bool open() const { return descriptor_.is_open(); }

 private:
  static constexpr size_t kReadSize = 32 << 10;
  void OnRead(const ErrorCode& error, size_t size);

  asio::posix::stream_descriptor descriptor_;
  OnData on_data_;
  OnEnd on_end_;
  bool reading_ = false;
  std::array<char, kReadSize> space_;
};

}  // namespace berth::cri
