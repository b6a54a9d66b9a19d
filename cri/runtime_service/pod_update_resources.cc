// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::UpdatePodSandboxResources(
    grpc::ServerContext* context, const v1::UpdatePodSandboxResourcesRequest* request,
    v1::UpdatePodSandboxResourcesResponse*) {
  const std::string& id = request->pod_sandbox_id();
  const v1::LinuxContainerResources& overhead = request->overhead();
  const v1::LinuxContainerResources& resources = request->resources();
  return ServeSlowRpc("UpdatePodSandboxResources", context, metrics_, starts_,
                      [&](const Call& call) -> absl::Status {
                        RETURN_IF_ERROR(ValidatePodId(id));
                        if (nri_ != nullptr) {
                          RETURN_IF_ERROR(nri_->BeforePodUpdate(call, id, overhead, resources));
                        }
                        RETURN_IF_ERROR(runtime_.UpdatePodResources(call, id, overhead, resources));
                        if (nri_ != nullptr) {
                          nri_->AfterPodUpdate(id);
                        }
                        return absl::OkStatus();
                      });
}

}  // namespace berth::cri
