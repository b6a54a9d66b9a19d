// SPDX-License-Identifier: Apache-2.0
#include "cri/server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"

#include "base/status.h"
#include "cri/socket_path.h"

namespace berth::cri {

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const std::vector<grpc::Service*>& services) {
  RETURN_IF_ERROR(PrepareSocketPath(options.address));
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat("unix:", options.address),
                           grpc::InsecureServerCredentials());
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
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    return absl::InternalError(absl::StrCat("cannot listen on ", options.address));
  }
  RETURN_IF_ERROR(ShareSocket(options.address, options.group));
  return std::unique_ptr<Server>(new Server(std::move(server)));
}

Server::~Server() {
  Shutdown(absl::Now());
}

void Server::Shutdown(absl::Time deadline) {
  server_->Shutdown(absl::ToChronoTime(deadline));
  server_->Wait();
}

}  // namespace berth::cri
