// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "imageservice/image_store.h"

namespace berth::cri {

// A container that was made from an image, be it a pod's or Docker's.
struct ImageUse {
  std::string image_id;
  std::string container;
  bool runs = false;
};
using ListImageUses = std::function<std::vector<ImageUse>()>;

// Containers made from an image, one of each kind; empty where there is none.
struct ImageUsers {
  std::string running;
  std::string stopped;
};

// What DELETE /images/{name} does: names go first, the image with the last of them.
struct ImageRemoval {
  std::vector<std::string> names;  // to be taken away, in full
  bool removes_image = false;
};

// Decides it as Docker does. `name` is as the user wrote it. FailedPrecondition, in Docker's words,
// where `force` is needed or not enough: an id whose image has several names, or an image that
// containers use. An image that a container uses is only untagged, and only by force:
// one without a name stays, which is FailedPrecondition, too. Pure.
absl::StatusOr<ImageRemoval> PlanRemoval(const imageservice::Image& image, absl::string_view name,
                                         bool force, const ImageUsers& users);

}  // namespace berth::cri
