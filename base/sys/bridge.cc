// SPDX-License-Identifier: Apache-2.0
#include "base/sys/bridge.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "base/sys/fd.h"

namespace berth::sys {

namespace {

ErrnoOr<ifreq> RequestFor(const char* name) {
  ifreq request = {};
  if (name[0] == '\0' || std::strlen(name) >= sizeof(request.ifr_name)) {
    return Errno{EINVAL, "interface name"};
  }
  std::memcpy(request.ifr_name, name, std::strlen(name));
  return request;
}

}  // namespace

Result EnsureBridge(const char* name) {
  SYS_ASSIGN_OR_RETURN(ifreq request, RequestFor(name));
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) {
    return Errno::Last("socket");
  }
  return ioctl(socket.get(), SIOCBRADDBR, request.ifr_name) == 0 || errno == EEXIST
             ? Result(Done{})
             : Errno::Last("SIOCBRADDBR");
}

Result RemoveBridge(const char* name) {
  SYS_ASSIGN_OR_RETURN(ifreq request, RequestFor(name));
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) {
    return Errno::Last("socket");
  }
  if (ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) {
    return errno == ENODEV ? Result(Done{}) : Errno::Last("SIOCGIFFLAGS");
  }
  const short flags = request.ifr_flags;
  request.ifr_flags = static_cast<short>(flags & ~IFF_UP);
  SYS_RETURN_IF_ERROR(ResultOf(ioctl(socket.get(), SIOCSIFFLAGS, &request), "SIOCSIFFLAGS"));
  if (ioctl(socket.get(), SIOCBRDELBR, request.ifr_name) == 0) {
    return Done{};
  }
  const Errno failure = Errno::Last("SIOCBRDELBR");
  request.ifr_flags = flags;  // it is somebody else's: as it was
  (void)ioctl(socket.get(), SIOCSIFFLAGS, &request);
  return failure;
}

}  // namespace berth::sys
