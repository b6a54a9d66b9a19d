// SPDX-License-Identifier: Apache-2.0
#include "cri/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/log.h"
#include "base/sys/fd.h"

namespace berth::cri {

void NotifyServiceManager(absl::string_view state) {
  const char* path =
      getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe) nobody sets variables
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path == nullptr || strlen(path) >= sizeof(address.sun_path)) {
    return;
  }
  memcpy(address.sun_path, path, strlen(path));
  if (address.sun_path[0] == '@') {
    address.sun_path[0] = '\0';  // systemd's spelling of the abstract namespace
  }
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + strlen(path));
  sys::Fd socket_fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (sendto(socket_fd.get(), state.data(), state.size(), MSG_NOSIGNAL,
             reinterpret_cast<sockaddr*>(&address), size) < 0) {
    LogWarning("cannot notify the service manager", {{"state", state}});
  }
}

}  // namespace berth::cri
