// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"

#include "base/short_id.h"
#include "base/status.h"
#include "cri/image_service.h"
#include "cri/rpc.h"
#include "imageservice/unneeded_image.h"

namespace berth::cri {
namespace {

absl::Status CheckIsNotHeld(const std::string& image_id,
                            const std::map<std::string, std::string>& held) {
  const auto holder = held.find(image_id);
  if (holder == held.end()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("image ", ShortId(image_id), " is used by container ", ShortId(holder->second),
                   " of the Engine API, which cannot start without it"));
}

}  // namespace

grpc::Status ImageService::RemoveImage(grpc::ServerContext* context,
                                       const v1::RemoveImageRequest* request,
                                       v1::RemoveImageResponse*) {
  return ServeRpc("RemoveImage", context, metrics_, [&](const Call& call) -> absl::Status {
    const std::string& name = request->image().image();
    if (name.empty()) {
      return absl::InvalidArgumentError("image.image: is required");
    }
    const absl::StatusOr<imageservice::HeldImage> found =
        imageservice::HoldUnneeded(images_, call, name);
    if (!found.ok()) {
      return absl::IsNotFound(found.status()) ? absl::OkStatus() : found.status();
    }
    ASSIGN_OR_RETURN(const auto held, held_());
    RETURN_IF_ERROR(CheckIsNotHeld(found->image.id, held));
    return images_.Remove(found->image.id);
  });
}

}  // namespace berth::cri
