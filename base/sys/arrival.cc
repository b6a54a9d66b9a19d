// SPDX-License-Identifier: Apache-2.0
#include "base/sys/arrival.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstring>

namespace berth::sys {

namespace {

struct alignas(cmsghdr) ControlBuffer {
  char bytes[CMSG_SPACE(sizeof(in_pktinfo))];
};

unsigned InterfaceIn(msghdr* message) {
  const cmsghdr* const header = CMSG_FIRSTHDR(message);
  if (header == nullptr || header->cmsg_level != IPPROTO_IP || header->cmsg_type != IP_PKTINFO ||
      header->cmsg_len < CMSG_LEN(sizeof(in_pktinfo))) {
    return 0;
  }
  in_pktinfo info = {};
  memcpy(&info, CMSG_DATA(header), sizeof(info));
  return static_cast<unsigned>(info.ipi_ifindex);
}

}  // namespace

Result NameArrivals(int socket) {
  const int on = 1;
  return ResultOf(setsockopt(socket, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)), "setsockopt");
}

ErrnoOr<Datagram> ReceiveDatagram(int socket, std::span<char> buffer) {
  Datagram datagram;
  iovec part = {buffer.data(), buffer.size()};
  ControlBuffer control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_name = &datagram.sender;
  message.msg_namelen = sizeof(datagram.sender);
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof(control.bytes);
  ssize_t received = -1;
  do {
    received = recvmsg(socket, &message, MSG_DONTWAIT);
  } while (received < 0 && errno == EINTR);
  if (received < 0) {
    return Errno::Last("recvmsg");
  }
  datagram.bytes = static_cast<size_t>(received);
  datagram.interface = InterfaceIn(&message);
  return datagram;
}

ErrnoOr<unsigned> ArrivalOf(int connection) {
  ControlBuffer control = {};
  socklen_t size = sizeof(control.bytes);
  SYS_RETURN_IF_ERROR(ResultOf(
      getsockopt(connection, IPPROTO_IP, IP_PKTOPTIONS, control.bytes, &size), "getsockopt"));
  msghdr message = {};
  message.msg_control = control.bytes;
  message.msg_controllen = size;
  return InterfaceIn(&message);
}

}  // namespace berth::sys
