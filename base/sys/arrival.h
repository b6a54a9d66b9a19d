// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <span>

#include "base/sys/errno_or.h"

// By which interface somebody comes in, of IPv4: a sender may write any address into a packet, but
// not the interface that it arrives by.
namespace berth::sys {

// From now on the packets that `socket` receives, and the connections that it accepts, tell by
// which interface they came in.
Result NameArrivals(int socket);

struct Datagram {
  size_t bytes = 0;  // one that is longer than the buffer is cut
  sockaddr_in sender = {};
  unsigned interface = 0;  // its index; 0: not known
};

// Never waits; EAGAIN when there is none.
ErrnoOr<Datagram> ReceiveDatagram(int socket, std::span<char> buffer);

// The index of the interface that the handshake of a TCP connection came in by, which was accepted
// from a socket of NameArrivals; 0: not known.
ErrnoOr<unsigned> ArrivalOf(int connection);

}  // namespace berth::sys
