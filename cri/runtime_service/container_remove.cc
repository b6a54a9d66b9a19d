// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::RemoveContainer(grpc::ServerContext* context,
                                             const v1::RemoveContainerRequest* request,
                                             v1::RemoveContainerResponse*) {
  return ServeSlowRpc("RemoveContainer", context, metrics_, stops_,
                      [&](const Call& call) -> absl::Status {
                        RETURN_IF_ERROR(ValidateForeignId(request->container_id(), "container_id"));
                        return runtime_.RemoveContainer(call, request->container_id());
                      });
}

}  // namespace berth::cri
