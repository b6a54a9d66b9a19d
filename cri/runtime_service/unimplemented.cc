// SPDX-License-Identifier: Apache-2.0
#include "cri/rpc.h"
#include "cri/runtime_service.h"

namespace berth::cri {

grpc::Status RuntimeService::RestorePod(grpc::ServerContext* context, const v1::RestorePodRequest*,
                                        v1::RestorePodResponse*) {
  return RefuseRpc("RestorePod", context, metrics_);
}

}  // namespace berth::cri
