// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"

#include "base/short_id.h"
#include "base/status.h"
#include "cri/image_service.h"
#include "cri/rpc.h"

namespace berth::cri {
namespace {

absl::Status CheckIsNotHeld(const absl::StatusOr<imageservice::Image>& image,
                            const std::map<std::string, std::string>& held) {
  const auto holder = image.ok() ? held.find(image->id) : held.end();
  if (holder == held.end()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("image ", ShortId(image->id), " is used by container ", ShortId(holder->second),
                   " of the Engine API, which cannot start without it"));
}

}  // namespace

grpc::Status ImageService::RemoveImage(grpc::ServerContext* context,
                                       const v1::RemoveImageRequest* request,
                                       v1::RemoveImageResponse*) {
  return ServeRpc("RemoveImage", context, metrics_, [&](const Call&) -> absl::Status {
    if (request->image().image().empty()) {
      return absl::InvalidArgumentError("image.image: is required");
    }
    ASSIGN_OR_RETURN(const auto held, held_());
    RETURN_IF_ERROR(CheckIsNotHeld(images_.Find(request->image().image()), held));
    return images_.Remove(request->image().image());
  });
}

}  // namespace berth::cri
