// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/engine_server.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <list>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"
#include "base/sys/fd.h"
#include "base/sys/inode.h"
#include "base/sys/socket.h"
#include "cri/engine_api/engine_connection.h"
#include "cri/socket_path.h"

namespace berth::cri {
namespace {

constexpr mode_t kModeUntilShared = 0600;
constexpr int kBacklog = 128;
constexpr int kAcceptRetryMs = 100;  // out of descriptors: some come free

struct Connection {
  sys::Fd socket;
  std::atomic<bool> ended = false;
  std::thread thread;
};

class Server final : public EngineServer {
 public:
  explicit Server(const Router& router) : router_(router) {}

  ~Server() override {
    if (!acceptor_.joinable()) {
      return;
    }
    stopping_ = true;
    shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    for (Connection& connection : connections_) {
      shutdown(connection.socket.get(), SHUT_RDWR);
    }
    for (Connection& connection : connections_) {
      connection.thread.join();
    }
    LogIfError(ToStatus(sys::RemoveFile(AT_FDCWD, address_.c_str()), "remove ", address_),
               "the socket stays");
  }

  absl::Status Listen(const EngineServerOptions& options) {
    address_ = options.address;
    RETURN_IF_ERROR(PrepareSocketPath(options.address));
    RETURN_IF_ERROR(
        ToStatus(sys::RemoveFile(AT_FDCWD, options.address.c_str()), "remove ", options.address));
    ASSIGN_OR_RETURN(listener_, ToStatusOr(sys::ListenAt(options.address.c_str(), kModeUntilShared,
                                                         kBacklog, SOCK_STREAM | SOCK_NONBLOCK),
                                           "listen on ", options.address));
    return ShareSocket(options.address, options.group);
  }

  void Run() {
    acceptor_ = std::thread([this] { AcceptAll(); });
    pthread_setname_np(acceptor_.native_handle(), "engine-api");
  }

 private:
  void AcceptAll() {
    while (!stopping_) {
      pollfd entries[] = {{listener_.get(), POLLIN, 0}, {ended_.get(), POLLIN, 0}};
      poll(entries, 2, -1);
      uint64_t count = 0;
      (void)!read(ended_.get(), &count, sizeof(count));
      sys::ErrnoOr<sys::Fd> socket = sys::Accept(listener_.get());
      Join();
      if (socket.ok()) {
        Serve(*std::move(socket));
      } else if (socket.error().code != EAGAIN && !stopping_) {
        poll(nullptr, 0, kAcceptRetryMs);
      }
    }
  }

  // Lets go of the connections that have ended.
  void Join() {
    for (auto connection = connections_.begin(); connection != connections_.end();) {
      if (!connection->ended) {
        ++connection;
        continue;
      }
      connection->thread.join();
      connection = connections_.erase(connection);
    }
  }

  void Serve(sys::Fd socket) {
    if (connections_.size() >= kMaxEngineConnections) {
      constexpr absl::string_view kRefusal =
          "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
      send(socket.get(), kRefusal.data(), kRefusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      LogWarning("the Engine API has too many clients",
                 {{"most", absl::StrCat(kMaxEngineConnections)}});
      return;
    }
    fcntl(socket.get(), F_SETFL, 0);  // a thread that waits for it is all it has
    Connection& connection = connections_.emplace_back();
    connection.socket = std::move(socket);
    connection.thread = std::thread([this, &connection] {
      ServeConnection(connection.socket, [this](Exchange& exchange) { router_.Serve(exchange); });
      connection.ended = true;
      const uint64_t one = 1;
      (void)!write(ended_.get(), &one, sizeof(one));
    });
    pthread_setname_np(connection.thread.native_handle(), "engine-client");
  }

  const Router& router_;
  std::string address_;
  sys::Fd listener_;
  const sys::Fd ended_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};  // a connection has
  std::atomic<bool> stopping_ = false;
  std::list<Connection> connections_;  // of the acceptor; after it, the destructor's
  std::thread acceptor_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EngineServer>> EngineServer::Start(
    const EngineServerOptions& options, const Router& router) {
  auto server = std::make_unique<Server>(router);
  RETURN_IF_ERROR(server->Listen(options));
  server->Run();
  return std::unique_ptr<EngineServer>(std::move(server));
}

}  // namespace berth::cri
