// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "absl/status/statusor.h"

#include "cri/image_service.h"
#include "cri/messages.h"
#include "cri/rpc.h"

namespace berth::cri {

grpc::Status ImageService::ListImages(grpc::ServerContext* context,
                                      const v1::ListImagesRequest* request,
                                      v1::ListImagesResponse* response) {
  return ServeRpc("ListImages", context, metrics_, [&](const Call&) -> absl::Status {
    const std::string& name = request->filter().image().image();
    if (name.empty()) {
      for (const imageservice::Image& image : images_.List()) {
        *response->add_images() = ToImage(image);
      }
    } else if (absl::StatusOr<imageservice::Image> image = images_.Find(name); image.ok()) {
      *response->add_images() = ToImage(*image);
    } else if (!absl::IsNotFound(image.status())) {
      return image.status();
    }
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
