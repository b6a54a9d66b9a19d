// SPDX-License-Identifier: Apache-2.0
#include "base/sys/read_at.h"

#include <errno.h>
#include <unistd.h>

namespace berth::sys {

ErrnoOr<size_t> ReadFullAt(int fd, std::span<char> buffer, off_t offset) {
  size_t done = 0;
  while (done < buffer.size()) {
    ssize_t n =
        pread(fd, buffer.data() + done, buffer.size() - done, offset + static_cast<off_t>(done));
    if (n == 0) {
      break;
    }
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      return Errno::Last("pread");
    }
    done += static_cast<size_t>(n);
  }
  return done;
}

}  // namespace berth::sys
