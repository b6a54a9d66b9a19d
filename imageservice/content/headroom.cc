// SPDX-License-Identifier: Apache-2.0
#include "imageservice/content/headroom.h"

#include <errno.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace berth::imageservice {

uint64_t HeadroomBytes(uint64_t total) {
  return std::min(std::max(total / 20, std::min(kLeastHeadroom, total / 8)), kMostHeadroom);
}

uint64_t HeadroomInodes(uint64_t total) {
  return total / 20;
}

absl::Status CheckHeadroom(int fd) {
  struct statvfs info = {};
  if (fstatvfs(fd, &info) != 0) {
    return absl::ErrnoToStatus(errno, "free space");
  }
  const uint64_t bytes = HeadroomBytes(info.f_blocks * info.f_frsize);
  if (info.f_bavail * info.f_frsize < bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no room: ", bytes >> 20, " MiB of the filesystem are kept free of images"));
  }
  const uint64_t inodes = HeadroomInodes(info.f_files);
  if (info.f_favail < inodes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no room: ", inodes, " inodes of the filesystem are kept free of images"));
  }
  return absl::OkStatus();
}

}  // namespace berth::imageservice
