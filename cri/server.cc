// SPDX-License-Identifier: Apache-2.0
#include "cri/server.h"

#include <utility>

#include "grpcpp/resource_quota.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/server_posix.h"

#include "base/status.h"

namespace berth::cri {

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const std::vector<grpc::Service*>& services) {
  grpc::ServerBuilder builder;  // without a port: gRPC's listener gives up when descriptors run out
  builder.SetMaxReceiveMessageSize(options.max_request_size);
  builder.SetMaxSendMessageSize(kMaxResponseSize);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, 2);
  grpc::ResourceQuota quota("berthd");
  quota.SetMaxThreads(options.max_threads);
  builder.SetResourceQuota(quota);
  for (grpc::Service* service : services) {
    builder.RegisterService(service);
  }
  std::unique_ptr<grpc::Server> grpc_server = builder.BuildAndStart();
  if (grpc_server == nullptr) {
    return absl::InternalError("gRPC's server does not start");
  }
  // NOLINTNEXTLINE(modernize-make-unique) the constructor is private
  std::unique_ptr<Server> server(new Server(std::move(grpc_server)));
  RETURN_IF_ERROR(server->Listen(options));
  return server;
}

absl::Status Server::Listen(const ServerOptions& options) {
  ASSIGN_OR_RETURN(acceptor_,
                   SocketAcceptor::Listen(
                       {.address = options.address, .group = options.group, .thread = "cri-accept"},
                       {.on_client = [this](sys::Fd socket) {
                         grpc::AddInsecureChannelFromFd(server_.get(), socket.Release());
                       }}));
  acceptor_->Start();
  return absl::OkStatus();
}

Server::~Server() {
  Shutdown(absl::ZeroDuration());
}

void Server::Shutdown(absl::Duration grace) {
  if (acceptor_ != nullptr) {
    acceptor_->Stop();
  }
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  server_->Wait();
}

}  // namespace berth::cri
