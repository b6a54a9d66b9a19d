// SPDX-License-Identifier: Apache-2.0
#include "base/go_file_mode.h"

namespace berth {
namespace {

constexpr uint32_t kDevice = 1U << 26;
constexpr uint32_t kPipe = 1U << 25;
constexpr uint32_t kSocket = 1U << 24;
constexpr uint32_t kSetUid = 1U << 23;
constexpr uint32_t kSetGid = 1U << 22;
constexpr uint32_t kCharacterDevice = 1U << 21;
constexpr uint32_t kSticky = 1U << 20;

uint32_t GoFileType(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return kGoDirectory;
    case S_IFLNK:
      return kGoSymlink;
    case S_IFBLK:
      return kDevice;
    case S_IFCHR:
      return kDevice | kCharacterDevice;
    case S_IFIFO:
      return kPipe;
    case S_IFSOCK:
      return kSocket;
    default:
      return 0;
  }
}

}  // namespace

uint32_t GoFileMode(mode_t mode) {
  return GoFileType(mode) | (mode & 0777) | ((mode & S_ISUID) != 0 ? kSetUid : 0) |
         ((mode & S_ISGID) != 0 ? kSetGid : 0) | ((mode & S_ISVTX) != 0 ? kSticky : 0);
}

}  // namespace berth
