// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::UpdateContainerResources(
    grpc::ServerContext* context, const v1::UpdateContainerResourcesRequest* request,
    v1::UpdateContainerResourcesResponse*) {
  return ServeSlowRpc(
      "UpdateContainerResources", context, metrics_, starts_,
      [&](const Call& call) -> absl::Status {
        RETURN_IF_ERROR(ValidateContainerId(request->container_id()));
        RETURN_IF_ERROR(ValidateMemoryLimit(request->linux()));
        v1::LinuxContainerResources update = request->linux();
        if (nri_ != nullptr) {
          RETURN_IF_ERROR(nri_->BeforeUpdate(call, request->container_id(), update));
        }
        RETURN_IF_ERROR(runtime_.UpdateResources(call, request->container_id(), update));
        if (nri_ != nullptr) {
          nri_->AfterUpdate(request->container_id());
        }
        return absl::OkStatus();
      });
}

}  // namespace berth::cri
