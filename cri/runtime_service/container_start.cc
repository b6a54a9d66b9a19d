// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::StartContainer(grpc::ServerContext* context,
                                            const v1::StartContainerRequest* request,
                                            v1::StartContainerResponse*) {
  return ServeSlowRpc("StartContainer", context, metrics_, starts_,
                      [&](const Call& call) -> absl::Status {
                        RETURN_IF_ERROR(ValidateContainerId(request->container_id()));
                        return runtime_.StartContainer(call, request->container_id());
                      });
}

}  // namespace berth::cri
