// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/messages.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::PodSandboxStatus(grpc::ServerContext* context,
                                              const v1::PodSandboxStatusRequest* request,
                                              v1::PodSandboxStatusResponse* response) {
  return ServeRpc("PodSandboxStatus", context, metrics_, [&](const Call&) -> absl::Status {
    RETURN_IF_ERROR(ValidatePodId(request->pod_sandbox_id()));
    ASSIGN_OR_RETURN(runtime::PodSnapshot pod, runtime_.FindPod(request->pod_sandbox_id()));
    *response->mutable_status() = ToPodSandboxStatus(pod);
    // Both or neither: with a time alone the kubelet believes that there are no containers.
    response->set_timestamp(pod.found_at);
    for (const runtime::ContainerSnapshot& container : runtime_.ContainersOf(pod.id)) {
      *response->add_containers_statuses() = ToContainerStatus(container);
    }
    if (request->verbose()) {
      (*response->mutable_info())["info"] = PodInfoJson(pod);
    }
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
