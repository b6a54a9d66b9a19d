// SPDX-License-Identifier: Apache-2.0
#include "cri/image_service.h"
#include "cri/rpc.h"

namespace berth::cri {

grpc::Status ImageService::StreamImages(grpc::ServerContext* context,
                                        const v1::StreamImagesRequest*,
                                        grpc::ServerWriter<v1::StreamImagesResponse>*) {
  return RefuseRpc("StreamImages", context, metrics_);
}

}  // namespace berth::cri
