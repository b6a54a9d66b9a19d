// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::ReopenContainerLog(grpc::ServerContext* context,
                                                const v1::ReopenContainerLogRequest* request,
                                                v1::ReopenContainerLogResponse*) {
  return ServeRpc("ReopenContainerLog", context, metrics_, [&](const Call& call) -> absl::Status {
    RETURN_IF_ERROR(ValidateContainerId(request->container_id()));
    return runtime_.ReopenLog(call, request->container_id());
  });
}

}  // namespace berth::cri
