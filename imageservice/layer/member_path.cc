// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/member_path.h"

#include <limits.h>

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace berth::imageservice {
namespace {

constexpr absl::string_view kAufsPrefix = ".wh..wh.";

}  // namespace

absl::StatusOr<std::string> CleanMemberPath(absl::string_view path) {
  std::vector<absl::string_view> kept;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (part == ".") {
      continue;
    }
    if (part == ".." || part.size() > NAME_MAX || part.find('\0') != absl::string_view::npos) {
      return absl::DataLossError(absl::StrCat("the archive has a member called ", path));
    }
    kept.push_back(part);
  }
  if (kept.size() > kMaxPathDepth) {
    return absl::DataLossError("the archive's directories are nested too deep");
  }
  return absl::StrJoin(kept, "/");
}

absl::string_view MemberParent(absl::string_view path) {
  size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? absl::string_view() : path.substr(0, slash);
}

absl::string_view MemberName(absl::string_view path) {
  size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? path : path.substr(slash + 1);
}

absl::StatusOr<Marker> ParseMarker(absl::string_view path) {
  if (absl::StartsWith(path, kAufsPrefix) && MemberName(path) != kOpaqueName) {
    return Marker{MarkerKind::kIgnored, ""};
  }
  absl::string_view parent = MemberParent(path);
  if (absl::StartsWith(parent, kWhiteoutPrefix) || absl::StrContains(parent, "/.wh.")) {
    return absl::DataLossError(absl::StrCat(path, ": a whiteout is no directory"));
  }
  absl::string_view name = MemberName(path);
  if (name == kOpaqueName) {
    return Marker{MarkerKind::kOpaque, ""};
  }
  if (absl::StartsWith(name, kAufsPrefix)) {
    return Marker{MarkerKind::kIgnored, ""};
  }
  if (!absl::ConsumePrefix(&name, kWhiteoutPrefix)) {
    return Marker{};
  }
  if (name.empty() || name == "." || name == "..") {
    return absl::DataLossError(absl::StrCat(path, ": a whiteout of nothing"));
  }
  return Marker{MarkerKind::kWhiteout, std::string(name)};
}

}  // namespace berth::imageservice
