// SPDX-License-Identifier: Apache-2.0
#include "cri/image_service.h"
#include "cri/rpc.h"

namespace berth::cri {

grpc::Status ImageService::RemoveImage(grpc::ServerContext* context,
                                       const v1::RemoveImageRequest* request,
                                       v1::RemoveImageResponse*) {
  return ServeRpc("RemoveImage", context, metrics_, [&](const Call&) -> absl::Status {
    if (request->image().image().empty()) {
      return absl::InvalidArgumentError("image.image: is required");
    }
    return images_.Remove(request->image().image());
  });
}

}  // namespace berth::cri
