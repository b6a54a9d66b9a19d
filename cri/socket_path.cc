// SPDX-License-Identifier: Apache-2.0
#include "cri/socket_path.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>

#include <optional>

#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "base/sys/socket.h"

namespace berth::cri {
namespace {

constexpr mode_t kSocketMode = 0660;
constexpr mode_t kDirectoryMode = 0711;  // the group must reach the socket
constexpr size_t kMaxGroupEntry = 16 * 1024;

std::optional<gid_t> GroupId(const std::string& name) {
  group entry = {};
  group* found = nullptr;
  std::string buffer(kMaxGroupEntry, '\0');
  if (name.empty() || getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return std::nullopt;
  }
  return entry.gr_gid;
}

}  // namespace

absl::Status PrepareSocketPath(const std::string& path) {
  if (path.size() > sys::kMaxSocketPath) {
    return absl::InvalidArgumentError(absl::StrCat("the socket path is too long: ", path));
  }
  if (sys::HasListener(path.c_str(), SOCK_STREAM)) {
    return absl::UnavailableError(absl::StrCat("another daemon listens on ", path));
  }
  const std::string directory(ParentPath(path));
  return ToStatus(sys::EnsureDirectory(AT_FDCWD, directory.c_str(), kDirectoryMode),
                  "make directory ", directory);
}

// The socket is bound with the mode 0755 at most, which lets nobody but root connect, so widening
// it afterwards opens no gap.
absl::Status ShareSocket(const std::string& path, const std::string& group) {
  if (std::optional<gid_t> gid = GroupId(group); gid.has_value()) {
    RETURN_IF_ERROR(ToStatus(sys::SetOwnerAt(AT_FDCWD, path.c_str(), 0, *gid), "give socket ", path,
                             " to group ", group));
  }
  return ToStatus(sys::SetModeAt(AT_FDCWD, path.c_str(), kSocketMode), "set the mode of ", path);
}

}  // namespace berth::cri
