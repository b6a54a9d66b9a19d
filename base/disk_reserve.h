// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

// Room on a disk that others may fill.
namespace berth {

// Keeps blocks for the first `bytes` of the file, whose size stays: it can grow into them on a full
// disk. OK where the filesystem cannot do so.
absl::Status ReserveBlocks(const std::string& path, int64_t bytes);

// A file of `bytes` that is there only to be given up. OK when there is one.
absl::Status MakeReserve(const std::string& path, int64_t bytes);
// Whether there was one.
bool GiveUpReserve(const std::string& path);

// ResourceExhausted when the disk that holds `path` has less than `bytes` left, even for root.
absl::Status CheckRoom(const std::string& path, int64_t bytes);

}  // namespace berth
