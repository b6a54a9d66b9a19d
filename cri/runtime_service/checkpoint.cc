// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/log.h"
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

absl::StatusOr<absl::Duration> TimeoutOf(const v1::CheckpointContainerRequest& request) {
  if (request.timeout() < 0 || request.timeout() > kMaxSeconds) {
    return absl::InvalidArgumentError(
        absl::StrCat("timeout: must be 0 to ", kMaxSeconds, " seconds"));
  }
  return request.timeout() == 0 ? kOwnTimeout : absl::Seconds(request.timeout());
}

// What is asked of both calls for pods.
template <typename Request>
absl::Status CheckTerms(const Call& call, const Request& request) {
  if (call.remaining() > absl::Seconds(kMaxSeconds)) {
    return absl::InvalidArgumentError("a checkpoint of a pod needs a deadline, within a day");
  }
  if (request.options_size() > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("options: there is no option ", request.options().begin()->first));
  }
  return absl::OkStatus();
}

absl::Status CheckPodRequest(const Call& call, const v1::CheckpointPodRequest& request) {
  RETURN_IF_ERROR(ValidatePodId(request.pod_sandbox_id()));
  RETURN_IF_ERROR(CheckTerms(call, request));
  if (request.container_ids_size() == 0 ||
      request.container_ids_size() > kMaxContainersOfCheckpoint) {
    return absl::InvalidArgumentError(
        absl::StrCat("container_ids: 1 to ", kMaxContainersOfCheckpoint, " are needed"));
  }
  for (const std::string& id : request.container_ids()) {
    RETURN_IF_ERROR(ValidateId(id, "container_ids"));
  }
  return ValidateAbsolutePath(request.output_path(), "output_path");
}

absl::Status CheckRestoreRequest(const Call& call, const v1::RestorePodRequest& request) {
  RETURN_IF_ERROR(ValidatePodConfig(request.config()));
  RETURN_IF_ERROR(CheckTerms(call, request));
  if (request.container_configs_size() > kMaxContainersOfCheckpoint) {
    return absl::InvalidArgumentError(
        absl::StrCat("container_configs: at most ", kMaxContainersOfCheckpoint, " are possible"));
  }
  for (const v1::ContainerConfig& config : request.container_configs()) {
    RETURN_IF_ERROR(Annotate(ValidateContainerConfig(config), "container_configs"));
    if (NamesCheckpoint(config.image().image())) {
      return absl::InvalidArgumentError("container_configs: an image is needed, not a path");
    }
  }
  return ValidateAbsolutePath(request.checkpoint_path(), "checkpoint_path");
}

// The request's containers are those of the checkpoint, each once.
absl::Status CheckSameNames(const std::map<std::string, std::string>& archives,
                            const v1::RestorePodRequest& request) {
  std::set<std::string> names;
  for (const v1::ContainerConfig& config : request.container_configs()) {
    const std::string& name = config.metadata().name();
    if (archives.count(name) == 0 || !names.insert(name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("container_configs: ", name, " is not in the checkpoint, or comes twice"));
    }
  }
  for (const auto& [name, archive] : archives) {
    if (names.count(name) == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("container_configs: ", name, " of the checkpoint is missing"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

grpc::Status RuntimeService::CheckpointContainer(grpc::ServerContext* context,
                                                 const v1::CheckpointContainerRequest* request,
                                                 v1::CheckpointContainerResponse*) {
  return ServeSlowRpc("CheckpointContainer", context, metrics_, starts_,
                      [&](const Call& call) -> absl::Status {
                        RETURN_IF_ERROR(CheckCheckpointsOn(checkpoints_));
                        RETURN_IF_ERROR(ValidateContainerId(request->container_id()));
                        ASSIGN_OR_RETURN(const absl::Duration timeout, TimeoutOf(*request));
                        RETURN_IF_ERROR(ValidateAbsolutePath(request->location(), "location"));
                        return checkpoints_->Save(call.Within(timeout), request->container_id(),
                                                  request->location());
                      });
}

grpc::Status RuntimeService::CheckpointPod(grpc::ServerContext* context,
                                           const v1::CheckpointPodRequest* request,
                                           v1::CheckpointPodResponse*) {
  return ServeSlowRpc("CheckpointPod", context, metrics_, starts_,
                      [&](const Call& call) -> absl::Status {
                        RETURN_IF_ERROR(CheckCheckpointsOn(checkpoints_));
                        RETURN_IF_ERROR(CheckPodRequest(call, *request));
                        return checkpoints_->SavePod(
                            call, request->pod_sandbox_id(), request->output_path(),
                            {request->container_ids().begin(), request->container_ids().end()});
                      });
}

grpc::Status RuntimeService::RestorePod(grpc::ServerContext* context,
                                        const v1::RestorePodRequest* request,
                                        v1::RestorePodResponse* response) {
  return ServeSlowRpc(
      "RestorePod", context, metrics_, starts_, [&](const Call& call) -> absl::Status {
        RETURN_IF_ERROR(CheckCheckpointsOn(checkpoints_));
        RETURN_IF_ERROR(CheckRestoreRequest(call, *request));
        ASSIGN_OR_RETURN(const auto archives, Restores::FindArchives(request->checkpoint_path()));
        RETURN_IF_ERROR(CheckSameNames(archives, *request));
        ASSIGN_OR_RETURN(const std::string pod,
                         runtime_.RunPod(call, request->config(), request->runtime_handler(),
                                         {.must_be_new = true}));
        absl::Cleanup undo = [&] {
          LogIfError(runtime_.RemovePod(Call::WithTimeout(kUndoTimeout), pod),
                     "a pod that was not wholly restored stays");
        };
        for (const v1::ContainerConfig& config : request->container_configs()) {
          v1::RestoredContainer& restored = *response->add_restored_containers();
          restored.set_name(config.metadata().name());
          ASSIGN_OR_RETURN(*restored.mutable_container_id(),
                           MakeContainer(call, pod, config, archives.at(restored.name())));
        }
        response->set_pod_sandbox_id(pod);
        std::move(undo).Cancel();
        return absl::OkStatus();
      });
}

}  // namespace berth::cri
