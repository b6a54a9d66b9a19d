// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/ignore_file.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/path.h"
#include "base/status.h"
#include "imageservice/build/characters.h"

namespace berth::imageservice {

absl::Status IgnoreFile::Add(absl::string_view line) {
  absl::string_view text = absl::StripAsciiWhitespace(line);
  const bool takes_back = absl::ConsumePrefix(&text, "!");
  text = absl::StripLeadingAsciiWhitespace(text);
  if (text.empty()) {
    return takes_back ? absl::InvalidArgumentError("illegal exclusion pattern: \"!\"")
                      : absl::OkStatus();
  }
  if (rules_.size() == kMaxIgnorePatterns) {
    return absl::InvalidArgumentError(absl::StrCat("more than ", kMaxIgnorePatterns, " patterns"));
  }
  const std::string path = CleanPath(text);
  ASSIGN_OR_RETURN(PathPattern pattern, PathPattern::Parse(absl::StripPrefix(path, "/")));
  rules_.push_back({std::move(pattern), takes_back});
  takes_back_ = takes_back_ || takes_back;
  return absl::OkStatus();
}

absl::StatusOr<IgnoreFile> IgnoreFile::Parse(absl::string_view text) {
  if (text.size() > kMaxIgnoreFile) {
    return absl::InvalidArgumentError(
        absl::StrCat("a .dockerignore has at most ", kMaxIgnoreFile, " bytes"));
  }
  absl::ConsumePrefix(&text, kByteOrderMark);
  IgnoreFile file;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (absl::StartsWith(line, "#")) {
      continue;
    }
    if (absl::Status added = file.Add(line); !added.ok()) {
      return Annotate(added, absl::StrCat(".dockerignore, line ", number));
    }
  }
  return file;
}

absl::StatusOr<IgnoreFile> IgnoreFile::FromPatterns(const std::vector<std::string>& patterns) {
  IgnoreFile file;
  for (const std::string& pattern : patterns) {
    RETURN_IF_ERROR(Annotate(file.Add(pattern), absl::StrCat("--exclude=", pattern)));
  }
  return file;
}

bool IgnoreFile::Ignores(absl::string_view path) const {
  const auto matches = [path](const Rule& rule) {
    for (size_t end = path.find('/'); end != absl::string_view::npos;
         end = path.find('/', end + 1)) {
      if (rule.pattern.Matches(path.substr(0, end))) {
        return true;
      }
    }
    return rule.pattern.Matches(path);
  };
  const auto last = std::find_if(rules_.rbegin(), rules_.rend(), matches);
  return last != rules_.rend() && !last->takes_back;
}

}  // namespace berth::imageservice
