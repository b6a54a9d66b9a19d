// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "base/status.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::RunPodSandbox(grpc::ServerContext* context,
                                           const v1::RunPodSandboxRequest* request,
                                           v1::RunPodSandboxResponse* response) {
  return ServeSlowRpc(
      "RunPodSandbox", context, metrics_, starts_, [&](const Call& call) -> absl::Status {
        RETURN_IF_ERROR(ValidatePodConfig(request->config()));
        ASSIGN_OR_RETURN(std::string id,
                         runtime_.RunPod(call, request->config(), request->runtime_handler(), {}));
        response->set_pod_sandbox_id(id);
        return absl::OkStatus();
      });
}

}  // namespace berth::cri
