// SPDX-License-Identifier: Apache-2.0
#include "cri/given_sockets.h"

#include "base/status.h"
#include "base/sys/inode.h"

namespace berth::cri {

absl::StatusOr<int> GivenSockets::Give(sys::Fd socket) {
  ASSIGN_OR_RETURN(const struct stat info,
                   ToStatusOr(sys::Stat(socket.get()), "a client's socket"));
  sockets_.push_back({socket.get(), info.st_ino});
  return socket.Release();
}

bool GivenSockets::HasRoom(size_t most) {
  if (sockets_.size() >= most) {
    std::erase_if(sockets_, [](const Socket& socket) {
      const sys::ErrnoOr<struct stat> info = sys::Stat(socket.descriptor);
      return !info.ok() || !S_ISSOCK(info->st_mode) || info->st_ino != socket.inode;
    });
  }
  return sockets_.size() < most;
}

}  // namespace berth::cri
