// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "absl/time/time.h"

#include "base/status.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::StopContainer(grpc::ServerContext* context,
                                           const v1::StopContainerRequest* request,
                                           v1::StopContainerResponse*) {
  return ServeSlowRpc("StopContainer", context, metrics_, stops_,
                      [&](const Call& call) -> absl::Status {
                        RETURN_IF_ERROR(ValidateForeignId(request->container_id(), "container_id"));
                        if (request->timeout() < 0) {
                          return absl::InvalidArgumentError("timeout: must not be negative");
                        }
                        return runtime_.StopContainer(call, request->container_id(),
                                                      absl::Seconds(request->timeout()));
                      });
}

}  // namespace berth::cri
