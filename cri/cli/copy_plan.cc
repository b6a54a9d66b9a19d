// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/copy_plan.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/path.h"

namespace berth::cli {
namespace {

bool MeansContent(absl::string_view path) {
  return path == "." || absl::EndsWith(path, "/.");
}

// "." for a name alone.
std::string DirectoryOf(const std::string& path) {
  const std::string parent(ParentPath(CleanPath(path)));
  return parent.empty() ? "." : parent;
}

std::string NameOf(const std::string& path) {
  return std::string(BaseName(CleanPath(path)));
}

}  // namespace

CopyPath ParseCopyPath(absl::string_view word) {
  const size_t colon = word.find(':');
  if (colon == absl::string_view::npos || colon == 0 || absl::StartsWith(word, "/") ||
      absl::StartsWith(word, ".")) {
    return {.container = "", .path = std::string(word)};
  }
  return {.container = std::string(word.substr(0, colon)),
          .path = std::string(word.substr(colon + 1))};
}

absl::StatusOr<CopyPlan> PlanCopy(const CopySource& source, const CopyTarget& target) {
  const bool wants_directory = absl::EndsWith(target.path, "/") || MeansContent(target.path);
  if (target.exists && target.is_directory) {
    if (source.is_directory && MeansContent(source.path)) {
      return CopyPlan{.directory = target.path, .name = std::nullopt};
    }
    return CopyPlan{.directory = target.path, .name = NameOf(source.path)};
  }
  if (target.exists && (source.is_directory || wants_directory)) {
    return absl::FailedPreconditionError(
        source.is_directory ? absl::StrCat("cannot copy a directory onto the file ", target.path)
                            : absl::StrCat(target.path, ": not a directory"));
  }
  if (!target.exists && wants_directory && !source.is_directory) {
    return absl::FailedPreconditionError(absl::StrCat(target.path, ": no such directory"));
  }
  return CopyPlan{.directory = DirectoryOf(target.path), .name = NameOf(target.path)};
}

}  // namespace berth::cli
