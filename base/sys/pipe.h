// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

namespace berth::sys {

struct Pipe {
  Fd reader;
  Fd writer;
};

// Both ends are O_CLOEXEC and wait.
ErrnoOr<Pipe> MakePipe();

// Reads and writes of the open file behind `fd` do not wait from now on.
Result SetNonBlocking(int fd);

}  // namespace berth::sys
