// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/status.h"
#include "cri/checkpoint/checkpoints.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {
namespace {

// Of a client that names none: as much memory as fits on a node can be written in it.
constexpr absl::Duration kOwnTimeout = absl::Minutes(10);
constexpr int64_t kMaxSeconds = 24 * 3600;

absl::Status CheckOn(const Checkpoints* checkpoints) {
  return checkpoints != nullptr
             ? absl::OkStatus()
             : absl::UnimplementedError("checkpoints are off: no criu is configured");
}

absl::StatusOr<absl::Duration> TimeoutOf(const v1::CheckpointContainerRequest& request) {
  if (request.timeout() < 0 || request.timeout() > kMaxSeconds) {
    return absl::InvalidArgumentError(
        absl::StrCat("timeout: must be 0 to ", kMaxSeconds, " seconds"));
  }
  return request.timeout() == 0 ? kOwnTimeout : absl::Seconds(request.timeout());
}

absl::Status CheckPodRequest(const Call& call, const v1::CheckpointPodRequest& request) {
  RETURN_IF_ERROR(ValidateId(request.pod_sandbox_id(), "pod_sandbox_id"));
  if (call.remaining() > absl::Seconds(kMaxSeconds)) {
    return absl::InvalidArgumentError("CheckpointPod needs a deadline, within a day");
  }
  if (request.options_size() > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("options: there is no option ", request.options().begin()->first));
  }
  if (request.container_ids_size() == 0 ||
      request.container_ids_size() > kMaxContainersOfCheckpoint) {
    return absl::InvalidArgumentError(
        absl::StrCat("container_ids: 1 to ", kMaxContainersOfCheckpoint, " are needed"));
  }
  for (const std::string& id : request.container_ids()) {
    RETURN_IF_ERROR(ValidateId(id, "container_ids"));
  }
  return absl::OkStatus();
}

}  // namespace

grpc::Status RuntimeService::CheckpointContainer(grpc::ServerContext* context,
                                                 const v1::CheckpointContainerRequest* request,
                                                 v1::CheckpointContainerResponse*) {
  return ServeSlowRpc("CheckpointContainer", context, metrics_, starts_,
                      [&](const Call& call) -> absl::Status {
                        RETURN_IF_ERROR(CheckOn(checkpoints_));
                        RETURN_IF_ERROR(ValidateId(request->container_id(), "container_id"));
                        ASSIGN_OR_RETURN(const absl::Duration timeout, TimeoutOf(*request));
                        return checkpoints_->Save(call.Within(timeout), request->container_id(),
                                                  request->location());
                      });
}

grpc::Status RuntimeService::CheckpointPod(grpc::ServerContext* context,
                                           const v1::CheckpointPodRequest* request,
                                           v1::CheckpointPodResponse*) {
  return ServeSlowRpc("CheckpointPod", context, metrics_, starts_,
                      [&](const Call& call) -> absl::Status {
                        RETURN_IF_ERROR(CheckOn(checkpoints_));
                        RETURN_IF_ERROR(CheckPodRequest(call, *request));
                        return checkpoints_->SavePod(
                            call, request->pod_sandbox_id(), request->output_path(),
                            {request->container_ids().begin(), request->container_ids().end()});
                      });
}

}  // namespace berth::cri
