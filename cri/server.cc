// SPDX-License-Identifier: Apache-2.0
#include "cri/server.h"

#include <grp.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "base/sys/socket.h"

namespace berth::cri {
namespace {

constexpr mode_t kSocketMode = 0660;
constexpr mode_t kDirectoryMode = 0711;  // the group must reach the socket
constexpr size_t kMaxGroupEntry = 16 * 1024;

absl::Status CheckNobodyListens(const std::string& path) {
  if (path.size() > sys::kMaxSocketPath) {
    return absl::InvalidArgumentError(absl::StrCat("the socket path is too long: ", path));
  }
  if (sys::HasListener(path.c_str(), SOCK_STREAM)) {
    return absl::UnavailableError(absl::StrCat("another daemon listens on ", path));
  }
  return absl::OkStatus();
}

std::optional<gid_t> GroupId(const std::string& name) {
  group entry = {};
  group* found = nullptr;
  std::string buffer(kMaxGroupEntry, '\0');
  if (name.empty() || getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return std::nullopt;
  }
  return entry.gr_gid;
}

// The socket is bound with the mode 0755 at most, which lets nobody but root connect, so widening
// it afterwards opens no gap.
absl::Status SetSocketOwner(const ServerOptions& options) {
  if (std::optional<gid_t> gid = GroupId(options.group); gid.has_value()) {
    RETURN_IF_ERROR(ToStatus(sys::SetOwnerAt(AT_FDCWD, options.address.c_str(), 0, *gid),
                             "give socket ", options.address, " to group ", options.group));
  }
  return ToStatus(sys::SetModeAt(AT_FDCWD, options.address.c_str(), kSocketMode),
                  "set the mode of ", options.address);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const std::vector<grpc::Service*>& services) {
  RETURN_IF_ERROR(CheckNobodyListens(options.address));
  const std::string directory(ParentPath(options.address));
  RETURN_IF_ERROR(ToStatus(sys::EnsureDirectory(AT_FDCWD, directory.c_str(), kDirectoryMode),
                           "make directory ", directory));
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
  RETURN_IF_ERROR(SetSocketOwner(options));
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
