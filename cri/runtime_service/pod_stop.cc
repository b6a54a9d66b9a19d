// SPDX-License-Identifier: Apache-2.0
#include "cri/rpc.h"
#include "cri/runtime_service.h"

namespace berth::cri {

grpc::Status RuntimeService::StopPodSandbox(grpc::ServerContext* context,
                                            const v1::StopPodSandboxRequest* request,
                                            v1::StopPodSandboxResponse*) {
  return ServeSlowRpc("StopPodSandbox", context, metrics_, stops_,
                      [&](const Call& call) -> absl::Status {
                        if (request->pod_sandbox_id().empty()) {
                          return absl::InvalidArgumentError("pod_sandbox_id: is required");
                        }
                        return runtime_.StopPod(call, request->pod_sandbox_id());
                      });
}

}  // namespace berth::cri
