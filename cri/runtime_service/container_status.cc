// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/messages.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::ContainerStatus(grpc::ServerContext* context,
                                             const v1::ContainerStatusRequest* request,
                                             v1::ContainerStatusResponse* response) {
  return ServeRpc("ContainerStatus", context, metrics_, [&](const Call&) -> absl::Status {
    RETURN_IF_ERROR(ValidateContainerId(request->container_id()));
    ASSIGN_OR_RETURN(runtime::ContainerSnapshot container,
                     runtime_.FindContainer(request->container_id()));
    *response->mutable_status() = ToContainerStatus(container);
    if (request->verbose()) {
      const absl::StatusOr<bool> frozen = runtime_.IsFrozen(container.id);
      (*response->mutable_info())["info"] = ContainerInfoJson(container, frozen.value_or(false));
    }
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
