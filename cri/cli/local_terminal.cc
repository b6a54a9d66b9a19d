// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/local_terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace berth::cli {
namespace {

// While it lives, what is typed on stdin is not shown. Does nothing unless `hides`, and where stdin
// is no terminal.
class HiddenInput {
 public:
  explicit HiddenInput(bool hides) {
    termios settings = {};
    if (!hides || tcgetattr(STDIN_FILENO, &settings) != 0) {
      return;
    }
    before_ = settings;
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings);
  }
  ~HiddenInput() {
    if (before_.has_value()) {
      tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
    }
  }
  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;
  HiddenInput(HiddenInput&&) = delete;
  HiddenInput& operator=(HiddenInput&&) = delete;

 private:
  std::optional<termios> before_;
};

}  // namespace

RawTerminal::RawTerminal() {
  termios settings = {};
  if (tcgetattr(STDIN_FILENO, &settings) != 0) {
    return;
  }
  before_ = settings;
  cfmakeraw(&settings);
  tcsetattr(STDIN_FILENO, TCSANOW, &settings);
}

RawTerminal::~RawTerminal() {
  if (before_.has_value()) {
    tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
  }
}

std::string TypedLine(bool hidden) {
  const HiddenInput guard(hidden);
  std::string line;
  char byte = 0;  // by single bytes: what follows the line is not ours
  while (line.size() < kMaxTypedLine && read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') {
    line += byte;
  }
  return line;
}

std::optional<WindowSize> WindowSizeOf(int fd) {
  winsize size = {};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return std::nullopt;
  }
  return WindowSize{size.ws_row, size.ws_col};
}

std::optional<WindowSize> LocalWindowSize() {
  const std::optional<WindowSize> size = WindowSizeOf(STDOUT_FILENO);
  return size.has_value() ? size : WindowSizeOf(STDIN_FILENO);
}

}  // namespace berth::cli
