// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "imageservice/layer/merged_view.h"

namespace berth::imageservice {

// Takes out of an overlay's upper directory what was only made to mount on: the places where a
// container has its own files, and `targets`, where they are still empty and `image` does not have
// them; and the directories above, where nothing else has changed in them.
absl::Status RemoveMountStubs(const MergedView& image, const std::string& upper,
                              const std::vector<std::string>& targets);

}  // namespace berth::imageservice
