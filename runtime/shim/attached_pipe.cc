// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/attached_pipe.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace berth::shim {

// What was taken; a reader that has gone cuts it off.
size_t AttachedPipe::WriteSome(std::string_view bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = write(end_.get(), bytes.data() + done, bytes.size() - done);
    if (count >= 0) {
      done += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      CutOff();
      return 0;
    }
  }
  return done;
}

void AttachedPipe::Give(std::string_view bytes) {
  if (!is_open() || ending_) {
    return;
  }
  if (!waits()) {
    bytes.remove_prefix(WriteSome(bytes));
    begin_ = 0;
    deadline_ = sys::MonotonicTime() + kAttachStall;
  }
  if (ending_ || bytes.empty()) {
    return;
  }
  if (size_ + bytes.size() > space_.size()) {
    CutOff();
    return;
  }
  if (begin_ + size_ + bytes.size() > space_.size()) {
    memmove(space_.data(), space_.data() + begin_, size_);
    begin_ = 0;
  }
  memcpy(space_.data() + begin_ + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void AttachedPipe::Flush() {
  if (const size_t taken = WriteSome({space_.data() + begin_, size_}); taken > 0) {
    begin_ += taken;
    size_ -= taken;
    deadline_ = sys::MonotonicTime() + kAttachStall;
  }
}

void AttachedPipe::CutOff() {
  size_ = 0;
  ending_ = true;
}

}  // namespace berth::shim
