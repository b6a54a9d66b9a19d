// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/call.h"

// Whole trees of files by descriptors: no name is ever resolved across more than one directory, so
// that nobody who changes a tree meanwhile leads us out of it.
namespace berth::cri {

inline constexpr size_t kMaxTreeEntries = 1 << 20;
inline constexpr size_t kMaxTreeDepth = 256;

// Copies what is in the directory `from` into the directory `to`: owners, modes, times, links,
// devices, and the xattrs that a layer may have; sockets are left out, and hard links become files
// of their own. `to` gets the owner and mode of `from`. ResourceExhausted beyond the limits;
// looks for the caller at each entry, and within large files. What was copied until a failure
// stays.
absl::Status CopyTree(const Call& call, int from, int to);

absl::StatusOr<bool> IsEmptyDirectory(int directory);

}  // namespace berth::cri
