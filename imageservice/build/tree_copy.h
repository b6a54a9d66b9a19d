// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/layer/merged_view.h"

namespace berth::imageservice {

// Copies a file, or a directory with all below it, into the empty `directory` (a path of ours):
// owners, modes and times too. Returns the path of the copy, which is `directory` for one of these.
absl::StatusOr<std::string> CopyTree(const Call& call, const MergedNode& node,
                                     const std::string& directory);

}  // namespace berth::imageservice
