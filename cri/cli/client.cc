// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/client.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "base/sys/socket.h"

namespace berth::cli {
namespace {

constexpr int kMaxMessage = 64 << 20;
constexpr size_t kMaxInfo = 4 << 20;

absl::Status Unreachable(const std::string& path, int error) {
  const std::string said = absl::StrCat("cannot reach berthd at ", path, ": ",
                                        std::generic_category().message(error), "\n");
  if (error == EACCES) {
    return absl::PermissionDeniedError(
        absl::StrCat(said, "  run this as root or as a member of the group berth"));
  }
  return absl::UnavailableError(absl::StrCat(
      said, "  start it:             systemctl start berthd   (or: berthd --config FILE)\n",
      "  or say where it is:   berth --host unix:///PATH, or BERTH_HOST"));
}

// Why nobody would answer: gRPC itself would only say that it could not connect.
absl::Status CheckReachable(const std::string& path) {
  if (path.size() > sys::kMaxSocketPath) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": too long for the path of a socket"));
  }
  const sys::ErrnoOr<sys::Fd> probe = sys::ConnectTo(path.c_str(), SOCK_STREAM);
  return probe.ok() || probe.error().code == EAGAIN ? absl::OkStatus()
                                                    : Unreachable(path, probe.error().code);
}

}  // namespace

absl::StatusOr<std::string> SocketPath(absl::string_view address) {
  absl::string_view path = address;
  if (absl::ConsumePrefix(&path, "unix:")) {
    absl::ConsumePrefix(&path, "//");
  }
  if (!absl::StartsWith(path, "/")) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", address, "\" is no address: write unix:///run/berth/berth.sock"));
  }
  return absl::StrCat(path);
}

berth::Json InfoIn(const google::protobuf::Map<std::string, std::string>& info) {
  const auto found = info.find("info");
  if (found == info.end()) {
    return berth::Json::object();
  }
  absl::StatusOr<berth::Json> json = ParseJson(found->second, kMaxInfo);
  return json.ok() && json->is_object() ? *std::move(json) : berth::Json::object();
}

Client::Client(const std::shared_ptr<grpc::Channel>& channel, std::string address)
    : address_(std::move(address)),
      runtime_(v1::RuntimeService::NewStub(channel)),
      images_(v1::ImageService::NewStub(channel)) {}

absl::StatusOr<Client> Client::Connect(absl::string_view address) {
  ASSIGN_OR_RETURN(const std::string path, SocketPath(address));
  RETURN_IF_ERROR(CheckReachable(path));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessage);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return Client(grpc::CreateCustomChannel(absl::StrCat("unix:", path),
                                          grpc::InsecureChannelCredentials(), arguments),
                path);
}

absl::Status Client::ToStatus(const grpc::Status& status, absl::string_view what) const {
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    RETURN_IF_ERROR(CheckReachable(address_));
  }
  if (status.error_code() == grpc::StatusCode::CANCELLED) {  // not by us: the daemon is going
    return absl::UnavailableError(absl::StrCat(what, ": the daemon has gone meanwhile"));
  }
  if (absl::StrContains(status.error_message(), "http1.x server")) {  // in gRPC's words
    return absl::InvalidArgumentError(
        absl::StrCat(address_,
                     " is not berthd's own socket: is it docker's? --host takes the key "
                     "`address`, /run/berth/berth.sock by default"));
  }
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      absl::StrCat(what, ": ", status.error_message()));
}

absl::StatusOr<Inventory> Client::List() const {
  ASSIGN_OR_RETURN(
      v1::ListContainersResponse containers,
      Call(&Runtime::ListContainers, v1::ListContainersRequest(), "listing containers"));
  ASSIGN_OR_RETURN(v1::ListPodSandboxResponse pods,
                   Call(&Runtime::ListPodSandbox, v1::ListPodSandboxRequest(), "listing pods"));
  Inventory inventory;
  inventory.containers.assign(std::move_iterator(containers.mutable_containers()->begin()),
                              std::move_iterator(containers.mutable_containers()->end()));
  inventory.pods.assign(std::move_iterator(pods.mutable_items()->begin()),
                        std::move_iterator(pods.mutable_items()->end()));
  return inventory;
}

absl::StatusOr<v1::ContainerStatusResponse> Client::ContainerStatus(const std::string& id) const {
  v1::ContainerStatusRequest request;
  request.set_container_id(id);
  request.set_verbose(true);
  return Call(&Runtime::ContainerStatus, request, "asking for the container");
}

absl::StatusOr<v1::PodSandboxStatusResponse> Client::PodStatus(const std::string& id) const {
  v1::PodSandboxStatusRequest request;
  request.set_pod_sandbox_id(id);
  request.set_verbose(true);
  return Call(&Runtime::PodSandboxStatus, request, "asking for the pod");
}

absl::StatusOr<v1::ImageStatusResponse> Client::ImageStatus(const std::string& name) const {
  v1::ImageStatusRequest request;
  request.mutable_image()->set_image(name);
  request.set_verbose(true);
  return Call(&Images::ImageStatus, request, absl::StrCat("looking for image ", name));
}

}  // namespace berth::cli
