// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "imageservice/image_store.h"

namespace berth::cri {

// What DELETE /images/{name} does: names go first, the image with the last of its tags.
struct ImageRemoval {
  std::vector<std::string> names;  // to be taken away, in full
  bool removes_image = false;
};

// Decides it. `name` is as the user wrote it; `users` are ids of containers made from the image.
// FailedPrecondition, in Docker's words, where only `force` may: an id whose image has tags in
// several repositories, or an image that containers use. Pure.
absl::StatusOr<ImageRemoval> PlanRemoval(const imageservice::Image& image, absl::string_view name,
                                         bool force, const std::vector<std::string>& users);

}  // namespace berth::cri
