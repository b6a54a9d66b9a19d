// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <termios.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace berth::cli {

// While it lives, what is typed on stdin goes through as it is: no line editing, no signals by
// keys, no echo. Does nothing where stdin is no terminal.
class RawTerminal {
 public:
  RawTerminal();
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  RawTerminal(RawTerminal&&) = delete;
  RawTerminal& operator=(RawTerminal&&) = delete;

 private:
  std::optional<termios> before_;
};

// The next line of stdin, without its end; on a terminal not shown while it is typed if `hidden`.
// What is longer than kMaxTypedLine is cut.
inline constexpr size_t kMaxTypedLine = 64 << 10;
std::string TypedLine(bool hidden);

struct WindowSize {
  uint16_t rows = 0;
  uint16_t columns = 0;
};
// Nothing where it is no terminal, or one that does not know.
std::optional<WindowSize> WindowSizeOf(int fd);
// Of the terminal that is our stdout, or else stdin; nothing when neither is one.
std::optional<WindowSize> LocalWindowSize();

}  // namespace berth::cli
