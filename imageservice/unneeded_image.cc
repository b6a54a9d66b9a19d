// SPDX-License-Identifier: Apache-2.0
#include "imageservice/unneeded_image.h"

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::imageservice {

absl::StatusOr<HeldImage> HoldUnneeded(ImageStore& images, const Call& call, absl::string_view name,
                                       absl::Duration patience) {
  absl::StatusOr<HeldImage> held = images.HoldToRemove(call.Within(patience), name);
  if (!absl::IsDeadlineExceeded(held.status())) {
    return held;
  }
  RETURN_IF_ERROR(call.Check());
  return absl::FailedPreconditionError(absl::StrCat(
      "image ", name, " is in use: a container of it is being made, or it is being given a name"));
}

}  // namespace berth::imageservice
