// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/checkpoint/signing_key.h"
#include "imageservice/snapshot/rootfs.h"

// Checkpoint archives as they come in: from anybody.
namespace berth::imageservice {

inline constexpr uint64_t kMaxCheckpointArchive = uint64_t{1} << 40;
inline constexpr size_t kMaxCheckpointMembers = 1 << 20;  // CRIU writes some ten a process

// Unpacks the open regular `file` into `directory`, which is empty and ours: regular files only, of
// known names, each once, no holes. DataLoss for any other archive, PermissionDenied for one that
// is not signed with the key: it is read twice, and nothing is written before the signature was
// seen. DataLoss, too, when it changes meanwhile; what is in the directory then is of no use.
// ResourceExhausted when it does not fit on the disk, or is larger than kMaxCheckpointArchive.
absl::Status ReadCheckpointArchive(const Call& call, int file, const SigningKey& key,
                                   int directory);

// Unpacks the layer of what a container had written, where the checkpoint in `directory` has one,
// into the upper directory of a root in which nothing was written yet. As safe as the layers of
// images: DataLoss for what those may not have. After an error the root is of no use.
absl::Status ApplyRootfsDiff(const Call& call, const std::string& directory, const Rootfs& root);

}  // namespace berth::imageservice
