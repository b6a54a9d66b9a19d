// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/sys/clock.h"
#include "base/sys/fd.h"

namespace berth::shim {

// Of one read, and of what a container's pipe still holds when it ends.
inline constexpr size_t kAttachSpace = 128 * 1024;
// A pipe that takes nothing for so long is cut off.
inline constexpr int64_t kAttachStall = 2 * sys::kSecond;

// One stream of a container as one attacher gets it: the write end of its pipe, written to without
// waiting, and what that has not taken yet. It never closes by itself: who watches the descriptor
// has to stop first.
class AttachedPipe {
 public:
  explicit AttachedPipe(std::span<char, kAttachSpace> space) : space_(space) {}

  // What does not wait: `end` is to be non-blocking.
  void Open(sys::Fd end) { end_ = std::move(end); }
  void Close() { *this = AttachedPipe(space_); }
  bool is_open() const { return end_.is_open(); }
  int fd() const { return end_.get(); }

  // More than there is space for cuts it off.
  void Give(std::string_view bytes);
  // Writes what waits, as much as is taken.
  void Flush();
  bool waits() const { return size_ > 0; }
  // When it is to be cut off if it takes nothing until then; while it waits.
  int64_t deadline() const { return deadline_; }

  // There will be no more.
  void End() { ending_ = true; }
  // Nor is what waits wanted.
  void CutOff();
  // Has ended, with nothing left to be written: to be closed.
  bool finished() const { return is_open() && ending_ && !waits(); }

  bool watched() const { return watched_; }
  void set_watched(bool watched) { watched_ = watched; }

 private:
  size_t WriteSome(std::string_view bytes);

  std::span<char, kAttachSpace> space_;
  sys::Fd end_;
  size_t begin_ = 0;  // of what waits, in the space
  size_t size_ = 0;
  int64_t deadline_ = 0;
  bool ending_ = false;
  bool watched_ = false;
};

}  // namespace berth::shim
