// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

#include "base/sys/fd.h"

namespace berth::cri {

struct SocketAcceptorOptions {
  std::string address;  // path of the unix socket
  std::string group;    // may connect, where it exists, as root may
  std::string thread;   // name of the thread, 15 bytes at most
};

// A unix socket of mode 0660 and the thread that takes its clients. Where descriptors or memory are
// short it tries again until there are some: whoever has called waits in the socket's queue.
class SocketAcceptor {
 public:
  struct Handlers {  // called on the acceptor's thread
    // A client has called. Its socket does not block.
    std::function<void(sys::Fd socket)> on_client;
    // After Wake, and before the next client is taken: it may make room for one.
    std::function<void()> on_wake = [] {};
  };

  // Makes the directory of the socket, too, and replaces a socket on which nobody listens.
  // Unavailable when somebody does, InvalidArgument when the path is too long.
  static absl::StatusOr<std::unique_ptr<SocketAcceptor>> Listen(
      const SocketAcceptorOptions& options, Handlers handlers);
  ~SocketAcceptor();
  SocketAcceptor(const SocketAcceptor&) = delete;
  SocketAcceptor& operator=(const SocketAcceptor&) = delete;

  // Begins to take clients.
  void Start();

  // Removes the socket, and refuses who waits at it. No handler runs after it.
  void Stop();

  // Any thread, until the destructor.
  void Wake();

 private:
  SocketAcceptor(const SocketAcceptorOptions& options, sys::Fd listener, sys::Fd wake,
                 Handlers handlers);

  void Run();
  bool Accept();

  const SocketAcceptorOptions options_;
  sys::Fd listener_;
  const sys::Fd wake_;  // an eventfd
  const Handlers handlers_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace berth::cri
