// SPDX-License-Identifier: Apache-2.0
#include "base/path.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace berth {

std::string CleanPath(absl::string_view path) {
  const bool absolute = IsAbsolutePath(path);
  std::vector<absl::string_view> kept;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (part == ".") {
      continue;
    }
    if (part != "..") {
      kept.push_back(part);
    } else if (!kept.empty() && kept.back() != "..") {
      kept.pop_back();
    } else if (!absolute) {
      kept.push_back(part);
    }
  }
  std::string joined = absl::StrJoin(kept, "/");
  if (absolute) {
    return absl::StrCat("/", joined);
  }
  return joined.empty() ? "." : joined;
}

std::string JoinPath(absl::string_view base, absl::string_view relative) {
  while (absl::ConsumePrefix(&relative, "/")) {
  }
  if (base.empty()) {
    return std::string(relative);
  }
  while (base.size() > 1 && absl::EndsWith(base, "/")) {
    base.remove_suffix(1);
  }
  return base == "/" ? absl::StrCat("/", relative) : absl::StrCat(base, "/", relative);
}

absl::string_view ParentPath(absl::string_view path) {
  size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::string_view BaseName(absl::string_view path) {
  size_t slash = path.rfind('/');
  return slash == absl::string_view::npos ? path : path.substr(slash + 1);
}

bool IsAbsolutePath(absl::string_view path) {
  return absl::StartsWith(path, "/");
}

bool HasDotDot(absl::string_view path) {
  for (absl::string_view part : absl::StrSplit(path, '/')) {
    if (part == "..") {
      return true;
    }
  }
  return false;
}

bool HasNul(absl::string_view text) {
  return absl::StrContains(text, '\0');
}

}  // namespace berth
