// SPDX-License-Identifier: Apache-2.0
#include "cri/rpc.h"
#include "cri/runtime_service.h"

namespace berth::cri {

grpc::Status RuntimeService::RemoveContainer(grpc::ServerContext* context,
                                             const v1::RemoveContainerRequest* request,
                                             v1::RemoveContainerResponse*) {
  return ServeSlowRpc("RemoveContainer", context, metrics_, stops_,
                      [&](const Call& call) -> absl::Status {
                        if (request->container_id().empty()) {
                          return absl::InvalidArgumentError("container_id: is required");
                        }
                        return runtime_.RemoveContainer(call, request->container_id());
                      });
}

}  // namespace berth::cri
