// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/path_stat.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/json.h"
#include "base/path.h"

namespace berth::cri {
namespace {

// Of Go's io/fs.
constexpr uint32_t kDirectory = 1U << 31;
constexpr uint32_t kSymlink = 1U << 27;
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
      return kDirectory;
    case S_IFLNK:
      return kSymlink;
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

CopyPath ReadCopyPath(absl::string_view text) {
  CopyPath read;
  read.path = CleanPath(absl::StrCat("/", text));
  const bool names_content = text == "." || absl::EndsWith(text, "/.");
  read.is_directory = names_content || absl::EndsWith(text, "/") || text.empty();
  read.name = names_content ? "." : read.path == "/" ? "/" : std::string(BaseName(read.path));
  return read;
}

uint32_t GoFileMode(mode_t mode) {
  return GoFileType(mode) | (mode & 0777) | ((mode & S_ISUID) != 0 ? kSetUid : 0) |
         ((mode & S_ISGID) != 0 ? kSetGid : 0) | ((mode & S_ISVTX) != 0 ? kSticky : 0);
}

std::string PathStatValue(const std::string& name, const struct stat& info,
                          const std::string& link_target) {
  return absl::Base64Escape(FormatJson(
      {{"name", name},
       {"size", info.st_size},
       {"mode", GoFileMode(info.st_mode)},
       {"mtime", absl::FormatTime("%Y-%m-%dT%H:%M:%E9SZ", absl::TimeFromTimespec(info.st_mtim),
                                  absl::UTCTimeZone())},
       {"linkTarget", link_target}}));
}

}  // namespace berth::cri
