// SPDX-License-Identifier: Apache-2.0
#include "base/sys/fd.h"

#include <unistd.h>

namespace berth::sys {

Fd::~Fd() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

}  // namespace berth::sys
