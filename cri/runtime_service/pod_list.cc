// SPDX-License-Identifier: Apache-2.0
#include "cri/messages.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"

namespace berth::cri {

grpc::Status RuntimeService::ListPodSandbox(grpc::ServerContext* context,
                                            const v1::ListPodSandboxRequest* request,
                                            v1::ListPodSandboxResponse* response) {
  return ServeRpc("ListPodSandbox", context, metrics_, [&](const Call&) -> absl::Status {
    for (const runtime::PodSnapshot& pod : runtime_.Pods()) {
      if (Matches(pod, request->filter())) {
        *response->add_items() = ToPodSandbox(pod);
      }
    }
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
