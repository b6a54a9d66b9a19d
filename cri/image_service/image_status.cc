// SPDX-License-Identifier: Apache-2.0
#include "absl/status/statusor.h"

#include "base/json.h"
#include "base/status.h"
#include "cri/image_service.h"
#include "cri/messages.h"
#include "cri/rpc.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxImageConfig = 8 << 20;  // as the image store takes them

}  // namespace

grpc::Status ImageService::ImageStatus(grpc::ServerContext* context,
                                       const v1::ImageStatusRequest* request,
                                       v1::ImageStatusResponse* response) {
  return ServeRpc("ImageStatus", context, metrics_, [&](const Call&) -> absl::Status {
    if (request->image().image().empty()) {
      return absl::InvalidArgumentError("image.image: is required");
    }
    absl::StatusOr<imageservice::Image> image = images_.Find(request->image().image());
    if (absl::IsNotFound(image.status())) {
      return absl::OkStatus();  // not present is an answer, not an error
    }
    RETURN_IF_ERROR(image.status());
    image->pinned |= Pinned().count(image->id) > 0;
    *response->mutable_image() = ToImage(*image);
    if (request->verbose()) {
      ASSIGN_OR_RETURN(const std::string bytes, images_.Config(image->id));
      ASSIGN_OR_RETURN(const Json config, ParseJson(bytes, kMaxImageConfig));
      (*response->mutable_info())["info"] = ImageInfoJson(*image, config);
    }
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
