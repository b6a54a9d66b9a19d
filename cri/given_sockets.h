// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"

#include "base/sys/fd.h"

namespace berth::cri {

// Counts sockets whose descriptors are a library's, which does not tell when it closes them: a
// socket is open as long as its number is still that of the same inode. For one thread.
class GivenSockets {
 public:
  // The descriptor, which is the caller's to give away.
  absl::StatusOr<int> Give(sys::Fd socket);

  // As few system calls as possible are made: none as long as fewer than `most` have been given.
  bool HasRoom(size_t most);

 private:
  struct Socket {
    int descriptor;
    ino_t inode;
  };
  std::vector<Socket> sockets_;  // some may be closed
};

}  // namespace berth::cri
