// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

#include "base/sys/fd.h"
#include "cri/streaming/asio.h"

namespace berth::cri {

// How many bytes may wait for a reader that is slow before their sender is stopped.
inline constexpr size_t kMaxPendingInput = 1 << 20;

// Writes what is pushed to a pipe, a terminal or a socket, on the loop's thread. What comes before
// Open waits; what comes after the reader has gone is dropped.
class DescriptorWriter : public std::enable_shared_from_this<DescriptorWriter> {
 public:
  // `on_taken`: there is less pending than before.
  DescriptorWriter(asio::io_context& loop, std::function<void()> on_taken)
      : descriptor_(loop), on_taken_(std::move(on_taken)) {}

  // A descriptor that is not open takes nothing: all is dropped.
  void Open(sys::Fd sink);
  void Push(absl::string_view bytes);
  // Calls `then` when all that was pushed has been written or dropped, and closes.
  void End(std::function<void()> then);
  // Drops all; nothing is called any more.
  void Close();

  size_t pending() const { return waiting_.size() + writing_.size() - written_; }
  bool full() const { return pending() >= kMaxPendingInput; }

 private:
  void WriteMore();
  void OnWritten(const ErrorCode& error, size_t size);
  void Drop();
  void TellTaken(size_t before);

  asio::posix::stream_descriptor descriptor_;
  std::function<void()> on_taken_;
  std::function<void()> then_;
  std::string waiting_;
  std::string writing_;
  size_t written_ = 0;  // of what is being written
  bool busy_ = false;
  bool opened_ = false;
};

}  // namespace berth::cri
