// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/member_fault.h"

#include <errno.h>

#include <optional>
#include <string>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

bool IsOfNames(int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case EEXIST:
    case EPERM:  // of a link to a directory
    case EINVAL:
    case EXDEV:
    case EMLINK:
      return true;
    default:
      return false;
  }
}

std::string Attempt(const TarMember& member) {
  switch (member.type) {
    case TarMember::Type::kFile:
      return absl::StrCat("open ", member.path);
    case TarMember::Type::kDirectory:
      return absl::StrCat("mkdir ", member.path);
    case TarMember::Type::kHardLink:
      return absl::StrCat("link ", member.target, " ", member.path);
    case TarMember::Type::kSymlink:
      return absl::StrCat("symlink ", member.target, " ", member.path);
    default:
      return absl::StrCat("mknod ", member.path);
  }
}

}  // namespace

absl::Status MemberFault(const absl::Status& status, const TarMember& member) {
  const std::optional<int> code = ErrnoOf(status);
  if (!code.has_value() || !IsOfNames(*code)) {
    return status;
  }
  std::string words = std::generic_category().message(*code);
  words[0] = absl::ascii_tolower(static_cast<unsigned char>(words[0]));
  return absl::DataLossError(absl::StrCat(Attempt(member), ": ", words));
}

}  // namespace berth::imageservice
