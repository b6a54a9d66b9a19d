// SPDX-License-Identifier: Apache-2.0
#include "cri/messages.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"

namespace berth::cri {

grpc::Status RuntimeService::ListContainers(grpc::ServerContext* context,
                                            const v1::ListContainersRequest* request,
                                            v1::ListContainersResponse* response) {
  return ServeRpc("ListContainers", context, metrics_, [&](const Call&) -> absl::Status {
    for (const runtime::ContainerSnapshot& container : runtime_.Containers()) {
      if (Matches(container, request->filter())) {
        *response->add_containers() = ToContainer(container);
      }
    }
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
