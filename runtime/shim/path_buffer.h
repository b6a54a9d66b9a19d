// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <climits>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace berth::shim {

// A path put together without allocation; always ends with a NUL.
class PathBuffer {
 public:
  PathBuffer() { text_[0] = '\0'; }
  explicit PathBuffer(std::string_view text) : PathBuffer() { Append(text); }

  // What does not fit makes the buffer full, and it stays as it was.
  PathBuffer& Append(std::string_view text) {
    if (full_ || size_ + text.size() >= sizeof(text_)) {
      full_ = true;
      return *this;
    }
    memcpy(text_ + size_, text.data(), text.size());
    size_ += text.size();
    text_[size_] = '\0';
    return *this;
  }
  PathBuffer& AppendNumber(unsigned number) {
    char digits[12];
    size_t start = sizeof(digits);
    do {
      digits[--start] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    return Append({digits + start, sizeof(digits) - start});
  }

  bool full() const { return full_; }
  const char* c_str() const { return text_; }
  std::string_view text() const { return {text_, size_}; }

 private:
  char text_[PATH_MAX];
  size_t size_ = 0;
  bool full_ = false;
};

}  // namespace berth::shim
