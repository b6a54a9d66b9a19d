// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::UpdatePodSandboxResources(
    grpc::ServerContext* context, const v1::UpdatePodSandboxResourcesRequest* request,
    v1::UpdatePodSandboxResourcesResponse*) {
  return ServeRpc("UpdatePodSandboxResources", context, metrics_,
                  [&](const Call& call) -> absl::Status {
                    RETURN_IF_ERROR(ValidateId(request->pod_sandbox_id(), "pod_sandbox_id"));
                    return runtime_.UpdatePodResources(call, request->pod_sandbox_id(),
                                                       request->overhead(), request->resources());
                  });
}

}  // namespace berth::cri
