// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

#include "imageservice/layer/tar_reader.h"

namespace berth::imageservice {

// Writes the content of the reader's current member into the new, empty file, holes as holes.
// Returns how many bytes are none. DataLoss for more than the member's size.
absl::StatusOr<uint64_t> WriteContent(int file, const TarMember& member, TarReader& reader);

// S_IFCHR, S_IFBLK or S_IFIFO.
mode_t NodeType(TarMember::Type type);

}  // namespace berth::imageservice
