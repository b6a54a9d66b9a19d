// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/attributes.h"

#include <fcntl.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/log.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::imageservice {
namespace {

constexpr size_t kMaxXattrNames = 64 << 10;  // XATTR_LIST_MAX

bool IsAllowedXattr(absl::string_view name) {
  return name == "security.capability" ||
         (absl::StartsWith(name, "user.") && !absl::StartsWith(name, "user.overlay."));
}

// They would change what overlayfs shows of this and of other layers.
bool IsOverlayXattr(absl::string_view name) {
  return absl::StartsWith(name, "trusted.overlay.") || absl::StartsWith(name, "user.overlay.");
}

absl::Status SetXattr(int fd, const std::string& name, absl::string_view value) {
  sys::Result result = sys::SetXattr(fd, name.c_str(), value.data(), value.size());
  if (!result.ok() && result.error().code == EOPNOTSUPP) {
    LogDebug("the filesystem has no such xattrs", {{"xattr", name}});
    return absl::OkStatus();
  }
  return ToStatus(result, "xattr ", name);
}

absl::Status SetXattrs(int fd, const TarMember& member) {
  for (const TarXattr& xattr : member.xattrs) {
    if (IsOverlayXattr(xattr.name)) {
      return absl::DataLossError(absl::StrCat(member.path, ": ", xattr.name, " is not allowed"));
    }
    if (IsAllowedXattr(xattr.name)) {
      RETURN_IF_ERROR(Annotate(SetXattr(fd, xattr.name, xattr.value), member.path));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ApplyAttributes(int fd, const TarMember& member, bool owned) {
  if (!owned) {
    RETURN_IF_ERROR(ToStatus(sys::SetOwner(fd, member.uid, member.gid), member.path));
  }
  RETURN_IF_ERROR(
      ToStatus(sys::SetMode(fd, member.mode), member.path));  // after chown, which clears setuid
  RETURN_IF_ERROR(SetXattrs(fd, member));
  if (member.type == TarMember::Type::kDirectory) {
    return absl::OkStatus();
  }
  return ToStatus(sys::SetModificationTime(fd, member.mtime), member.path);
}

absl::Status ApplyAttributesAt(int directory, const char* name, const TarMember& member) {
  RETURN_IF_ERROR(ToStatus(sys::SetOwnerAt(directory, name, member.uid, member.gid), member.path));
  if (member.type != TarMember::Type::kSymlink) {
    ASSIGN_OR_RETURN(sys::Fd node,
                     ToStatusOr(sys::OpenAt(directory, name, O_PATH | O_NOFOLLOW), member.path));
    RETURN_IF_ERROR(ToStatus(sys::SetModeOfPath(node.get(), member.mode), member.path));
  }
  return ToStatus(sys::SetModificationTimeAt(directory, name, member.mtime), member.path);
}

absl::StatusOr<FileXattrs> ReadXattrs(int fd) {
  FileXattrs xattrs;
  std::string names(kMaxXattrNames, '\0');
  const sys::ErrnoOr<size_t> size = sys::ListXattrs(fd, names);
  if (!size.ok() && size.error().code == EOPNOTSUPP) {
    return xattrs;
  }
  RETURN_IF_ERROR(ToStatus(size, "read attributes"));
  names.resize(*size);
  for (absl::string_view name : absl::StrSplit(names, '\0', absl::SkipEmpty())) {
    if (!IsAllowedXattr(name)) {
      xattrs.has_others =
          xattrs.has_others || !(IsOverlayXattr(name) || absl::StartsWith(name, "security."));
      continue;
    }
    TarXattr xattr{std::string(name), std::string(kMaxXattrSize, '\0')};
    ASSIGN_OR_RETURN(
        const size_t value_size,
        ToStatusOr(sys::GetXattr(fd, xattr.name.c_str(), xattr.value), "read attributes"));
    xattr.value.resize(value_size);
    xattrs.allowed.push_back(std::move(xattr));
  }
  std::sort(xattrs.allowed.begin(), xattrs.allowed.end(),
            [](const TarXattr& a, const TarXattr& b) { return a.name < b.name; });
  return xattrs;
}

absl::Status CopyAttributes(int from, const struct stat& info, int to) {
  RETURN_IF_ERROR(ToStatus(sys::SetOwner(to, info.st_uid, info.st_gid), "copy attributes"));
  RETURN_IF_ERROR(ToStatus(sys::SetMode(to, info.st_mode & 07777), "copy attributes"));
  ASSIGN_OR_RETURN(const FileXattrs xattrs, ReadXattrs(from));
  for (const TarXattr& xattr : xattrs.allowed) {
    RETURN_IF_ERROR(SetXattr(to, xattr.name, xattr.value));
  }
  return absl::OkStatus();
}

}  // namespace berth::imageservice
