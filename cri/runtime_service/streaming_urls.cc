// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {
namespace {

constexpr int32_t kMaxPort = 65535;
constexpr int kMaxPorts = 128;  // two channels each, whose numbers are bytes

// `request`: an ExecRequest or AttachRequest.
template <typename Request>
absl::StatusOr<runtime::StreamChoice> ReadStreams(const Request& request) {
  const runtime::StreamChoice streams = {.input = request.stdin(),
                                         .output = request.stdout(),
                                         .error = request.stderr(),
                                         .terminal = request.tty()};
  if (!streams.input && !streams.output && !streams.error) {
    return absl::InvalidArgumentError("one of stdin, stdout and stderr is required");
  }
  if (streams.terminal && streams.error) {
    return absl::InvalidArgumentError("stderr: a terminal (tty) has none of its own");
  }
  return streams;
}

absl::Status CheckRunning(const runtime::ContainerSnapshot& container) {
  return container.state == v1::CONTAINER_RUNNING
             ? absl::OkStatus()
             : absl::FailedPreconditionError(
                   absl::StrCat("container ", container.id, " is not running"));
}

absl::StatusOr<runtime::ContainerSnapshot> RunningContainer(const runtime::PodRuntime& runtime,
                                                            const std::string& id) {
  RETURN_IF_ERROR(ValidateContainerId(id));
  ASSIGN_OR_RETURN(runtime::ContainerSnapshot container, runtime.FindContainer(id));
  RETURN_IF_ERROR(CheckRunning(container));
  return container;
}

}  // namespace

grpc::Status RuntimeService::Exec(grpc::ServerContext* context, const v1::ExecRequest* request,
                                  v1::ExecResponse* response) {
  return ServeRpc("Exec", context, metrics_, [&](const Call&) -> absl::Status {
    RETURN_IF_ERROR(ValidateCommand(request->cmd()));
    ASSIGN_OR_RETURN(const runtime::StreamChoice streams, ReadStreams(*request));
    ASSIGN_OR_RETURN(runtime::ContainerSnapshot container,
                     RunningContainer(runtime_, request->container_id()));
    ASSIGN_OR_RETURN(*response->mutable_url(),
                     streams_.Offer(ExecStreams{std::move(container.pod_id),
                                                std::move(container.id),
                                                {request->cmd().begin(), request->cmd().end()},
                                                streams}));
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::Attach(grpc::ServerContext* context, const v1::AttachRequest* request,
                                    v1::AttachResponse* response) {
  return ServeRpc("Attach", context, metrics_, [&](const Call&) -> absl::Status {
    ASSIGN_OR_RETURN(const runtime::StreamChoice streams, ReadStreams(*request));
    RETURN_IF_ERROR(ValidateContainerId(request->container_id()));
    ASSIGN_OR_RETURN(runtime::ContainerSnapshot container,
                     runtime_.FindContainer(request->container_id()));
    const bool is_ahead = container.state == v1::CONTAINER_CREATED;
    if (!is_ahead) {
      RETURN_IF_ERROR(CheckRunning(container));
    }
    ASSIGN_OR_RETURN(
        *response->mutable_url(),
        streams_.Offer(AttachStreams{std::move(container.pod_id), std::move(container.id), streams,
                                     container.config.tty(), is_ahead}));
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::PortForward(grpc::ServerContext* context,
                                         const v1::PortForwardRequest* request,
                                         v1::PortForwardResponse* response) {
  return ServeRpc("PortForward", context, metrics_, [&](const Call&) -> absl::Status {
    RETURN_IF_ERROR(ValidatePodId(request->pod_sandbox_id()));
    if (request->port_size() > kMaxPorts) {
      return absl::InvalidArgumentError(absl::StrCat("port: more than ", kMaxPorts, " of them"));
    }
    ForwardPorts wanted;
    for (const int32_t port : request->port()) {
      if (port < 1 || port > kMaxPort) {
        return absl::InvalidArgumentError(absl::StrCat("port: ", port, " is none"));
      }
      wanted.ports.push_back(static_cast<uint16_t>(port));
    }
    ASSIGN_OR_RETURN(runtime::PodSnapshot pod, runtime_.FindPod(request->pod_sandbox_id()));
    if (pod.state != v1::SANDBOX_READY) {
      return absl::FailedPreconditionError(absl::StrCat("pod ", pod.id, " is not ready"));
    }
    wanted.pod_id = std::move(pod.id);
    ASSIGN_OR_RETURN(*response->mutable_url(), streams_.Offer(std::move(wanted)));
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
