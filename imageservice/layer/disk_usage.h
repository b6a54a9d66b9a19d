// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

#include "base/call.h"

namespace berth::imageservice {

inline constexpr uint64_t kUsualBlock = 4096;  // an estimate of what filesystems allocate by

inline uint64_t InBlocks(uint64_t bytes) {
  return (bytes + kUsualBlock - 1) / kUsualBlock * kUsualBlock;
}

struct DiskUsage {
  uint64_t bytes = 0;  // of blocks, not of content
  uint64_t inodes = 0;

  DiskUsage& operator+=(const DiskUsage& other) {
    bytes += other.bytes;
    inodes += other.inodes;
    return *this;
  }
};

// What the tree below the directory occupies, itself included; a file with several names counts
// once. Files that come and go meanwhile may or may not count. Walks the disk; looks for the caller
// at each directory.
absl::StatusOr<DiskUsage> MeasureTree(const Call& call, int directory);

}  // namespace berth::imageservice
