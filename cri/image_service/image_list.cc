// SPDX-License-Identifier: Apache-2.0
#include "absl/status/statusor.h"

#include "base/status.h"
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

grpc::Status ImageService::StreamImages(grpc::ServerContext* context,
                                        const v1::StreamImagesRequest*,
                                        grpc::ServerWriter<v1::StreamImagesResponse>*) {
  return ServeRpc("StreamImages", context, metrics_, [&](const Call&) {
    return absl::UnimplementedError("berth does not implement StreamImages yet");
  });
}

}  // namespace berth::cri
