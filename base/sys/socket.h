// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/sys/clock.h"
#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// Unix sockets, of type SOCK_SEQPACKET where nothing else is said: whole packets, in order, with
// descriptors; and TCP sockets to be handed on. Every descriptor made or received is O_CLOEXEC.
namespace berth::sys {

inline constexpr size_t kMaxPacketFds = 8;
inline constexpr size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;  // of other programs

// Makes a socket at `path` with permissions `mode` and listens. The path may be longer than a
// socket address holds. EADDRINUSE when something is there already.
ErrnoOr<Fd> ListenAt(const char* path, mode_t mode, int backlog, int type = SOCK_SEQPACKET);

// ECONNREFUSED when nobody listens any more, ENOENT when nobody ever did, EAGAIN when whoever
// listens has let its queue fill up. Never waits; the socket is non-blocking.
ErrnoOr<Fd> ConnectTo(const char* path, int type = SOCK_SEQPACKET);

// Whether ConnectTo would find somebody, who may be busy.
bool HasListener(const char* path, int type);

// Accepts without waiting; EAGAIN when nobody has called. The new socket is non-blocking.
ErrnoOr<Fd> Accept(int listener);

struct SocketPair {
  Fd first;
  Fd second;
};
ErrnoOr<SocketPair> MakeSocketPair(int type = SOCK_SEQPACKET);

// A TCP socket of AF_INET or AF_INET6, not connected and non-blocking, in the network namespace of
// the calling thread. EAFNOSUPPORT where there is no such family.
ErrnoOr<Fd> MakeTcpSocket(int family);

// Who connected, or who made the pair, as the kernel recorded it then.
ErrnoOr<ucred> PeerCredentials(int socket);

// One packet, with at most kMaxPacketFds descriptors, all or nothing. ETIMEDOUT after `deadline`,
// EAGAIN with kDontWait, EPIPE when the peer has gone (never a signal).
Result SendPacket(int socket, const void* bytes, size_t size, std::span<const int> descriptors,
                  int64_t deadline);

// From now on the packets that `socket` receives name their sender, be they sent by write(2).
Result NameSenders(int socket);

struct PacketSize {
  size_t bytes = 0;  // 0: the peer has closed
  size_t descriptors = 0;
  pid_t sender = 0;  // in our PID namespace; 0: not named
};

// One packet into `buffer`; its descriptors go to the front of `descriptors`. EMSGSIZE when either
// was too small: then nothing of the packet is kept. ETIMEDOUT and EAGAIN as above.
ErrnoOr<PacketSize> ReceivePacket(int socket, std::span<char> buffer, std::span<Fd> descriptors,
                                  int64_t deadline);

}  // namespace berth::sys
