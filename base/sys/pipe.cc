// SPDX-License-Identifier: Apache-2.0
#include "base/sys/pipe.h"

#include <fcntl.h>
#include <unistd.h>

namespace berth::sys {

ErrnoOr<Pipe> MakePipe() {
  int ends[2];
  SYS_RETURN_IF_ERROR(ResultOf(pipe2(ends, O_CLOEXEC), "pipe2"));
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Result SetNonBlocking(int fd) {
  return ResultOf(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
}

}  // namespace berth::sys
