// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"

#include "base/short_id.h"
#include "base/status.h"
#include "cri/image_service.h"
#include "cri/rpc.h"

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
    const absl::StatusOr<imageservice::Image> image = images_.Find(name);
    if (!image.ok()) {
      return absl::IsNotFound(image.status()) ? absl::OkStatus() : image.status();
    }
    ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, images_.HoldImage(call, image->id));
    const absl::StatusOr<imageservice::Image> still = images_.Find(name);
    if (!still.ok() || still->id != image->id) {  // the name is another's meanwhile
      return absl::IsNotFound(still.status()) ? absl::OkStatus() : still.status();
    }
    ASSIGN_OR_RETURN(const auto held, held_());
    RETURN_IF_ERROR(CheckIsNotHeld(image->id, held));
    return images_.Remove(image->id);
  });
}

}  // namespace berth::cri
