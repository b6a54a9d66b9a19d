// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::StopPodSandbox(grpc::ServerContext* context,
                                            const v1::StopPodSandboxRequest* request,
                                            v1::StopPodSandboxResponse*) {
  return ServeSlowRpc(
      "StopPodSandbox", context, metrics_, stops_, [&](const Call& call) -> absl::Status {
        RETURN_IF_ERROR(ValidateForeignId(request->pod_sandbox_id(), "pod_sandbox_id"));
        return runtime_.StopPod(call, request->pod_sandbox_id());
      });
}

}  // namespace berth::cri
