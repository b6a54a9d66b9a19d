// SPDX-License-Identifier: Apache-2.0
#include "cri/server.h"

#include <sys/socket.h>

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "grpc/support/time.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/server_posix.h"

#include "base/big_endian.h"
#include "base/log.h"
#include "base/status.h"

namespace berth::cri {
namespace {

// Says in HTTP/2 that a client is not served: SETTINGS, with which a server begins, and GOAWAY.
void Refuse(const sys::Fd& socket) {
  constexpr absl::string_view kReason = "the daemon has too many clients";
  constexpr uint32_t kSettings = 4, kGoAway = 7, kEnhanceYourCalm = 11;
  std::string frames;
  const auto begin_frame = [&frames](size_t size, uint32_t type) {
    AppendUint32(static_cast<uint32_t>(size << 8) | type, frames);
    frames.push_back(0);      // flags
    AppendUint32(0, frames);  // of the connection, not of a stream
  };
  begin_frame(0, kSettings);
  begin_frame(2 * sizeof(uint32_t) + kReason.size(), kGoAway);
  AppendUint32(0, frames);  // no stream has been served
  AppendUint32(kEnhanceYourCalm, frames);
  frames.append(kReason.data(), kReason.size());
  send(socket.get(), frames.data(), frames.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

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
                       {.on_client = [this, most = options.max_clients](sys::Fd socket) {
                         Take(std::move(socket), most);
                       }}));
  acceptor_->Start();
  return absl::OkStatus();
}

void Server::Take(sys::Fd socket, size_t max_clients) {
  const bool was_full = std::exchange(is_full_, !clients_.HasRoom(max_clients));
  if (is_full_) {
    if (!was_full) {
      LogWarning("the CRI has too many clients", {{"most", absl::StrCat(max_clients)}});
    }
    Refuse(socket);
    return;
  }
  if (const absl::StatusOr<int> given = clients_.Give(std::move(socket)); given.ok()) {
    grpc::AddInsecureChannelFromFd(server_.get(), *given);
  } else {
    LogIfError(given.status(), "a client of the CRI is turned away");
  }
}

Server::~Server() {
  Shutdown(absl::ZeroDuration());
}

void Server::Shutdown(absl::Duration grace) {
  if (acceptor_ != nullptr) {
    acceptor_->Stop();
  }
  server_->Shutdown(gpr_time_from_nanos(absl::ToInt64Nanoseconds(grace), GPR_TIMESPAN));
  server_->Wait();
}

}  // namespace berth::cri
