// SPDX-License-Identifier: Apache-2.0
#include "imageservice/content/headroom.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/inode.h"

namespace berth::imageservice {

uint64_t HeadroomBytes(uint64_t total) {
  return std::min(std::max(total / 20, std::min(kLeastHeadroom, total / 8)), kMostHeadroom);
}

uint64_t HeadroomInodes(uint64_t total) {
  return total / 20;
}

absl::Status CheckHeadroom(int fd) {
  ASSIGN_OR_RETURN(const sys::Space space, ToStatusOr(sys::SpaceOf(fd), "free space"));
  const uint64_t bytes = HeadroomBytes(space.bytes);
  if (space.free_bytes < bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no room: ", bytes >> 20, " MiB of the filesystem are kept free of images"));
  }
  const uint64_t inodes = HeadroomInodes(space.inodes);
  if (space.free_inodes < inodes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no room: ", inodes, " inodes of the filesystem are kept free of images"));
  }
  return absl::OkStatus();
}

}  // namespace berth::imageservice
