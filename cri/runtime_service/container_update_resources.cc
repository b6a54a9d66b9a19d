// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::UpdateContainerResources(
    grpc::ServerContext* context, const v1::UpdateContainerResourcesRequest* request,
    v1::UpdateContainerResourcesResponse*) {
  return ServeRpc(
      "UpdateContainerResources", context, metrics_, [&](const Call& call) -> absl::Status {
        RETURN_IF_ERROR(ValidateId(request->container_id(), "container_id"));
        return runtime_.UpdateResources(call, request->container_id(), request->linux());
      });
}

}  // namespace berth::cri
