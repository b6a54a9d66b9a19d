// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/engine_server.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <atomic>
#include <list>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"
#include "base/sys/fd.h"
#include "base/thread.h"
#include "cri/engine_api/engine_connection.h"
#include "cri/socket_acceptor.h"

namespace berth::cri {
namespace {

struct Connection {
  sys::Fd socket;
  std::atomic<bool> ended = false;
  std::thread thread;
};

void Refuse(const sys::Fd& socket) {
  constexpr absl::string_view kRefusal =
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  send(socket.get(), kRefusal.data(), kRefusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

class Server final : public EngineServer {
 public:
  explicit Server(const Router& router) : router_(router) {}

  ~Server() override {
    if (acceptor_ == nullptr) {
      return;
    }
    acceptor_->Stop();
    for (Connection& connection : connections_) {
      shutdown(connection.socket.get(), SHUT_RDWR);
    }
    for (Connection& connection : connections_) {
      connection.thread.join();
    }
  }

  absl::Status Start(const EngineServerOptions& options) {
    ASSIGN_OR_RETURN(
        acceptor_, SocketAcceptor::Listen(
                       {.address = options.address, .group = options.group, .thread = "engine-api"},
                       {.on_client = [this](sys::Fd socket) { Serve(std::move(socket)); },
                        .on_wake = [this] { Join(); }}));
    acceptor_->Start();
    return absl::OkStatus();
  }

 private:
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
      LogWarning("the Engine API has too many clients",
                 {{"most", absl::StrCat(kMaxEngineConnections)}});
      Refuse(socket);
      return;
    }
    fcntl(socket.get(), F_SETFL, 0);  // a thread that waits for it is all it has
    Connection& connection = connections_.emplace_back();
    connection.socket = std::move(socket);
    absl::StatusOr<std::thread> thread = StartThread("engine-client", [this, &connection] {
      ServeConnection(connection.socket, [this](Exchange& exchange) { router_.Serve(exchange); });
      connection.ended = true;
      acceptor_->Wake();
    });
    if (!thread.ok()) {
      LogIfError(thread.status(), "a client of the Engine API is turned away");
      Refuse(connection.socket);
      connections_.pop_back();
      return;
    }
    connection.thread = *std::move(thread);
  }

  const Router& router_;
  std::list<Connection> connections_;  // the acceptor's; once that has stopped, the destructor's
  std::unique_ptr<SocketAcceptor> acceptor_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EngineServer>> EngineServer::Start(
    const EngineServerOptions& options, const Router& router) {
  auto server = std::make_unique<Server>(router);
  RETURN_IF_ERROR(server->Start(options));
  return std::unique_ptr<EngineServer>(std::move(server));
}

}  // namespace berth::cri
