// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/local_terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace berth::cli {

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

std::optional<WindowSize> LocalWindowSize() {
  for (const int fd : {STDOUT_FILENO, STDIN_FILENO}) {
    winsize size = {};
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) {
      return WindowSize{size.ws_row, size.ws_col};
    }
  }
  return std::nullopt;
}

}  // namespace berth::cli
