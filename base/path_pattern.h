// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth {

inline constexpr size_t kMaxPathPattern = 4096;  // bytes

// A pattern of paths as Go's filepath.Match has them: '*' is any text within a component, '?' one
// character of it, [a-z] and [^a-z] classes, a backslash takes the next one's meaning away; beyond
// that "**/" is any number of directories, none too, and "**" at the end anything. Immutable.
class PathPattern {
 public:
  // InvalidArgument for a class or an escape without an end, and a pattern that is too long.
  static absl::StatusOr<PathPattern> Parse(absl::string_view text);

  // Of the whole path, in time proportional to the product of their lengths.
  bool Matches(absl::string_view path) const;

 private:
  struct Range {
    unsigned char first;
    unsigned char last;
  };
  struct Element {
    enum Kind { kLiteral, kAnyOne, kClass, kAnyInComponent, kDirectories, kEverything } kind;
    char literal = 0;
    bool negated = false;
    std::vector<Range> ranges = {};  // of a class
  };

  void AddLiteral(char c);
  static absl::StatusOr<Element> ParseClass(absl::string_view& rest);
  static bool MatchesOne(const Element& element, char c);
  static void Advance(const Element& element, absl::string_view path,
                      const std::vector<bool>& before, std::vector<bool>& after);

  std::string literal_;            // what it begins with
  std::vector<Element> elements_;  // what follows
};

// Whether a path has a character that would make it a pattern.
bool HasWildcard(absl::string_view path);

}  // namespace berth
