// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/local_streams.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace berth::cli {
namespace {

constexpr size_t kPiece = 32 << 10;

}  // namespace

void WriteOut(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EAGAIN) {  // another program made it so
      pollfd wait = {fd, POLLOUT, 0};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return;  // nobody reads it any more
    }
  }
}

std::string ReadInput() {
  std::string piece(kPiece, '\0');
  while (true) {
    const ssize_t n = read(STDIN_FILENO, piece.data(), piece.size());
    if (n >= 0) {
      piece.resize(static_cast<size_t>(n));
      return piece;
    }
    if (errno == EAGAIN) {
      pollfd wait = {STDIN_FILENO, POLLIN, 0};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return "";
    }
  }
}

}  // namespace berth::cli
