// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/checkpoint/signing_key.h"

// A container's checkpoint as one uncompressed tar (checkpoint_layout.h).
namespace berth::imageservice {

// Writes what is in the upper directory of an overlay to the open `file`, as an OCI layer. Returns
// the paths that were deleted. WriteDiff says what it refuses.
absl::StatusOr<std::vector<std::string>> WriteRootfsDiff(const Call& call, const std::string& upper,
                                                         int file);

// Writes those of the files that are in `directory`, signed, to the open `file`. ResourceExhausted
// without a byte written when they do not fit on its disk.
absl::Status WriteCheckpointArchive(const Call& call, int directory, const SigningKey& key,
                                    int file);

}  // namespace berth::imageservice
