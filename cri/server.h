// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/server.h"

#include "base/sys/fd.h"
#include "cri/call_budget.h"
#include "cri/given_sockets.h"
#include "cri/socket_acceptor.h"

namespace berth::cri {

inline constexpr int kMaxResponseSize = 64 << 20;  // lists of thousands of containers

struct ServerOptions {
  std::string address;  // path of the unix socket
  std::string group;    // gets the socket where it exists
  int max_threads = kDefaultMaxThreads;
  int max_request_size = 16 << 20;
  size_t max_clients = 512;  // one more is told so, and left
};

// A gRPC server of synchronous services on a unix socket of mode 0660. Serves from Start until
// destroyed; the services must outlive it.
class Server {
 public:
  // Replaces a socket on which nobody listens; Unavailable when somebody does.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const std::vector<grpc::Service*>& services);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes no more calls, cancels those that still run after `grace`, and waits for all handlers.
  void Shutdown(absl::Duration grace);

 private:
  explicit Server(std::unique_ptr<grpc::Server> server) : server_(std::move(server)) {}

  absl::Status Listen(const ServerOptions& options);
  void Take(sys::Fd socket, size_t max_clients);

  std::unique_ptr<grpc::Server> server_;
  GivenSockets clients_;  // the acceptor's
  bool is_full_ = false;  // the same
  std::unique_ptr<SocketAcceptor> acceptor_;
};

}  // namespace berth::cri
