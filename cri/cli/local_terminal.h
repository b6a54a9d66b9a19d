// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <termios.h>

#include <cstdint>
#include <optional>

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

struct WindowSize {
  uint16_t rows = 0;
  uint16_t columns = 0;
};
// Of the terminal that is our stdout, or else stdin; nothing when neither is one.
std::optional<WindowSize> LocalWindowSize();

}  // namespace berth::cli
