// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/path_pattern.h"

namespace berth::imageservice {

inline constexpr size_t kMaxIgnoreFile = 1 << 20;  // bytes
inline constexpr size_t kMaxIgnorePatterns = 10'000;

// A .dockerignore, or the patterns of --exclude: what of a tree does not count. Immutable.
class IgnoreFile {
 public:
  IgnoreFile() = default;  // ignores nothing

  // A pattern a line; '#' begins a comment, '!' takes back in what a pattern before it took out.
  // InvalidArgument, with the line, for what is no pattern.
  static absl::StatusOr<IgnoreFile> Parse(absl::string_view text);
  static absl::StatusOr<IgnoreFile> FromPatterns(const std::vector<std::string>& patterns);

  // Whether the path, relative to the root and clean, does not count: the last pattern that matches
  // it or a directory above it decides.
  bool Ignores(absl::string_view path) const;

  // Whether something below an ignored directory may yet count.
  bool TakesBack() const { return takes_back_; }

 private:
  struct Rule {
    PathPattern pattern;
    bool takes_back;
  };

  absl::Status Add(absl::string_view line);

  std::vector<Rule> rules_;
  bool takes_back_ = false;
};

}  // namespace berth::imageservice
