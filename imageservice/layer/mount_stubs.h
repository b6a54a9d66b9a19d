// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "imageservice/layer/merged_view.h"

// What a container's root has only because something was mounted there: the places where a
// container has its own files, and `targets`, where they are still empty and `image` does not have
// them; and the directories above, where nothing else has changed in them.
namespace berth::imageservice {

// By their paths relative to the overlay's upper directory, those above before those below.
absl::StatusOr<std::set<std::string>> FindMountStubs(const MergedView& image, int upper,
                                                     const std::vector<std::string>& targets);

// Takes them out of the upper directory, which nobody has mounted.
absl::Status RemoveMountStubs(const MergedView& image, const std::string& upper,
                              const std::vector<std::string>& targets);

}  // namespace berth::imageservice
