// SPDX-License-Identifier: Apache-2.0
#include "base/sys/socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <climits>
#include <cstdio>
#include <cstring>

#include "base/sys/file.h"

namespace berth::sys {
namespace {

// A socket address for a path of any length. A long one is reached through a descriptor of its
// folder.
class PathAddress {
 public:
  Result Set(const char* path) {
    address_.sun_family = AF_UNIX;
    size_t length = strlen(path);
    if (length < sizeof(address_.sun_path)) {
      memcpy(address_.sun_path, path, length + 1);
      return Done{};
    }
    const char* name = strrchr(path, '/');
    char folder[PATH_MAX];
    size_t folder_length = name == nullptr ? 0 : static_cast<size_t>(name - path);
    if (name == nullptr || folder_length >= sizeof(folder)) {
      return Errno{ENAMETOOLONG, "socket address"};
    }
    memcpy(folder, path, folder_length);
    folder[folder_length] = '\0';
    SYS_ASSIGN_OR_RETURN(folder_, OpenAt(AT_FDCWD, folder, O_PATH | O_DIRECTORY));
    int written = snprintf(address_.sun_path, sizeof(address_.sun_path), "/proc/self/fd/%d/%s",
                           folder_.get(), name + 1);
    if (written >= static_cast<int>(sizeof(address_.sun_path))) {
      return Errno{ENAMETOOLONG, "socket address"};
    }
    return Done{};
  }

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static socklen_t size() { return sizeof(sockaddr_un); }

 private:
  sockaddr_un address_ = {};
  Fd folder_;
};

ErrnoOr<Fd> MakeSocket(int type) {
  int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return Errno::Last("socket");
  }
  return Fd(fd);
}

// After an EAGAIN: waits until `events`, or says why not.
Result Await(int socket, short events, int64_t deadline) {
  if (deadline == kDontWait) {
    return Errno{EAGAIN, "socket"};
  }
  pollfd entry = {socket, events, 0};
  int ready = poll(&entry, 1, PollTimeout(deadline));
  if (ready == 0) {
    return Errno{ETIMEDOUT, "poll"};
  }
  if (ready < 0 && errno != EINTR) {
    return Errno::Last("poll");
  }
  return Done{};
}

using ControlSize = decltype(msghdr::msg_controllen);  // not the same in every libc

union ControlBuffer {
  char bytes[CMSG_SPACE(kMaxPacketFds * sizeof(int)) + CMSG_SPACE(sizeof(ucred))];
  cmsghdr align;
};

// Takes the descriptors out of a received message. Those that find no place are closed.
size_t TakeDescriptors(msghdr* message, std::span<Fd> descriptors, bool* overflow) {
  size_t count = 0;
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr;
       header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    size_t received = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < received; ++i) {
      int fd = -1;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      Fd owned(fd);
      if (count < descriptors.size()) {
        descriptors[count++] = std::move(owned);
      } else {
        *overflow = true;
      }
    }
  }
  return count;
}

pid_t SenderOf(msghdr* message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr;
       header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS) {
      ucred credentials = {};
      memcpy(&credentials, CMSG_DATA(header), sizeof(credentials));
      return credentials.pid;
    }
  }
  return 0;
}

}  // namespace

ErrnoOr<Fd> ListenAt(const char* path, mode_t mode, int backlog, int type) {
  SYS_ASSIGN_OR_RETURN(Fd listener, MakeSocket(type));
  PathAddress address;
  SYS_RETURN_IF_ERROR(address.Set(path));
  // The mode of an unbound socket is what bind(2) gives to its file, so there is no moment with
  // another.
  SYS_RETURN_IF_ERROR(ResultOf(fchmod(listener.get(), mode), "fchmod"));
  if (bind(listener.get(), address.get(), PathAddress::size()) != 0) {
    return Errno::Last("bind");
  }
  SYS_RETURN_IF_ERROR(ResultOf(listen(listener.get(), backlog), "listen"));
  return listener;
}

ErrnoOr<Fd> ConnectTo(const char* path, int type) {
  SYS_ASSIGN_OR_RETURN(Fd client, MakeSocket(type | SOCK_NONBLOCK));
  PathAddress address;
  SYS_RETURN_IF_ERROR(address.Set(path));
  while (connect(client.get(), address.get(), PathAddress::size()) != 0) {
    if (errno != EINTR) {
      return Errno::Last("connect");
    }
  }
  return client;
}

bool HasListener(const char* path, int type) {
  const ErrnoOr<Fd> client = ConnectTo(path, type);
  return client.ok() || client.error().code == EAGAIN;
}

ErrnoOr<Fd> Accept(int listener) {
  while (true) {
    int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      return Fd(fd);
    }
    if (errno != EINTR && errno != ECONNABORTED) {
      return Errno::Last("accept");
    }
  }
}

ErrnoOr<SocketPair> MakeSocketPair(int type) {
  int ends[2];
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) {
    return Errno::Last("socketpair");
  }
  return SocketPair{Fd(ends[0]), Fd(ends[1])};
}

ErrnoOr<Fd> MakeTcpSocket(int family) {
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return Errno::Last("socket");
  }
  return Fd(fd);
}

ErrnoOr<ucred> PeerCredentials(int socket) {
  ucred peer = {};
  socklen_t size = sizeof(peer);
  SYS_RETURN_IF_ERROR(
      ResultOf(getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size), "getsockopt"));
  return peer;
}

Result SendPacket(int socket, const void* bytes, size_t size, std::span<const int> descriptors,
                  int64_t deadline) {
  if (descriptors.size() > kMaxPacketFds) {
    return Errno{EMSGSIZE, "sendmsg"};
  }
  iovec part = {const_cast<void*>(bytes), size};
  ControlBuffer control = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.bytes;
    message.msg_controllen = static_cast<ControlSize>(CMSG_SPACE(descriptors.size_bytes()));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = static_cast<ControlSize>(CMSG_LEN(descriptors.size_bytes()));
    memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }
  while (sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno == EAGAIN) {
      SYS_RETURN_IF_ERROR(Await(socket, POLLOUT, deadline));
    } else if (errno != EINTR) {
      return Errno::Last("sendmsg");
    }
  }
  return Done{};
}

Result NameSenders(int socket) {
  const int on = 1;
  return ResultOf(setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), "setsockopt");
}

ErrnoOr<PacketSize> ReceivePacket(int socket, std::span<char> buffer, std::span<Fd> descriptors,
                                  int64_t deadline) {
  iovec part = {buffer.data(), buffer.size()};
  ControlBuffer control = {};
  msghdr message = {};
  while (true) {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof(control.bytes);
    ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (received >= 0) {
      bool overflow = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
      PacketSize size = {static_cast<size_t>(received),
                         TakeDescriptors(&message, descriptors, &overflow), SenderOf(&message)};
      if (overflow) {
        for (Fd& descriptor : descriptors.first(size.descriptors)) {
          descriptor = Fd();
        }
        return Errno{EMSGSIZE, "recvmsg"};
      }
      return size;
    }
    if (errno == EAGAIN) {
      SYS_RETURN_IF_ERROR(Await(socket, POLLIN, deadline));
    } else if (errno != EINTR) {
      return Errno::Last("recvmsg");
    }
  }
}

}  // namespace berth::sys
