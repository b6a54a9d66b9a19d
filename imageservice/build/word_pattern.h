// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// The patterns of ${name#pattern} and its kin (Dockerfile reference, "Environment replacement"):
// '*' is any text, '?' any one character, and a backslash before either, or before itself, takes
// its meaning away; "\}" and "\/" are '}' and '/'. No brackets. Pure.
namespace berth::imageservice {

// More is InvalidArgument.
inline constexpr size_t kMaxMatchedValue = 4096;      // characters of a value that is matched
inline constexpr size_t kMaxPattern = 256;            // bytes
inline constexpr size_t kMaxReplacedValue = 1 << 20;  // bytes of what comes of a replacement

enum class Match { kShortest, kLongest };

// `value` without its part at the start, or at the end, that matches; unchanged when none does.
// InvalidArgument for a pattern with another escape.
absl::StatusOr<std::string> RemovePrefix(absl::string_view pattern, absl::string_view value,
                                         Match match);
absl::StatusOr<std::string> RemoveSuffix(absl::string_view pattern, absl::string_view value,
                                         Match match);

enum class Occurrences { kFirst, kAll };

// `value` with what matches, the longest from the leftmost on, replaced by `replacement`. An empty
// pattern matches nothing.
absl::StatusOr<std::string> ReplacePattern(absl::string_view pattern, absl::string_view replacement,
                                           absl::string_view value, Occurrences occurrences);

}  // namespace berth::imageservice
