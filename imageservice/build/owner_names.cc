// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/owner_names.h"

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"
#include "base/user_database.h"

namespace berth::imageservice {
namespace {

std::optional<uint32_t> Number(absl::string_view text) {
  uint32_t number = 0;
  return absl::SimpleAtoi(text, &number) ? std::optional(number) : std::nullopt;
}

// The file's text; empty when there is no such file.
absl::StatusOr<std::string> ReadIfThere(absl::string_view path, ReadImageFile read) {
  absl::StatusOr<std::string> text = read(path);
  return absl::IsNotFound(text.status()) ? "" : text;
}

absl::Status Unknown(absl::string_view what, absl::string_view name) {
  return absl::InvalidArgumentError(absl::StrCat("unable to find ", what, " ", name));
}

}  // namespace

absl::StatusOr<Owner> ParseOwner(absl::string_view text, ReadImageFile read) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  std::optional<uint32_t> uid = Number(parts.first);
  std::optional<uint32_t> gid = parts.second.empty() ? uid : Number(parts.second);
  if (!uid.has_value()) {
    ASSIGN_OR_RETURN(const std::string passwd, ReadIfThere("/etc/passwd", read));
    const std::optional<PasswdEntry> user = FindUserByName(passwd, parts.first);
    if (!user.has_value()) {
      return Unknown("user", parts.first);
    }
    uid = user->uid;
    gid = parts.second.empty() ? user->gid : gid;
  }
  if (!gid.has_value()) {
    ASSIGN_OR_RETURN(const std::string groups, ReadIfThere("/etc/group", read));
    gid = FindGroupByName(groups, parts.second);
    if (!gid.has_value()) {
      return Unknown("group", parts.second);
    }
  }
  return Owner{*uid, *gid};
}

}  // namespace berth::imageservice
