// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/build/copy_sources.h"
#include "imageservice/layer/merged_view.h"

namespace berth::imageservice {

inline constexpr char kCopiedFile[] = "file";

// Copies a directory with all below it, or a file by the name kCopiedFile, into the empty
// `directory` (a path of ours): owners, modes and times too. Returns the path of the copy, which is
// `directory` for one of these.
absl::StatusOr<std::string> CopyTree(const Call& call, const MergedNode& node,
                                     const std::string& directory);

// The same of what the filter leaves of a source; all of it is root's, as it is in a layer.
absl::StatusOr<std::string> CopySourceTree(const Call& call, const CopySource& source,
                                           const CopyFilter& filter, const std::string& directory);

}  // namespace berth::imageservice
