// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/word_pattern.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

using Characters = std::vector<absl::string_view>;

bool ContinuesCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;  // of UTF-8
}

Characters SplitCharacters(absl::string_view text) {
  Characters characters;
  while (!text.empty()) {
    size_t length = 1;
    while (length < text.size() && ContinuesCharacter(text[length])) {
      ++length;
    }
    characters.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return characters;
}

struct Element {
  enum Kind { kLiteral, kAnyOne, kAnyText } kind;
  absl::string_view literal = {};
};

absl::StatusOr<Element> ReadEscaped(absl::string_view pattern, absl::string_view character) {
  if (character != "}" && character != "/" && character != "*" && character != "?" &&
      character != "\\") {
    return absl::InvalidArgumentError(absl::StrCat(
        "invalid pattern (", pattern, ") in substitution: invalid escape '\\", character, "'"));
  }
  return Element{Element::kLiteral, character};
}

absl::StatusOr<std::vector<Element>> ReadPattern(absl::string_view pattern) {
  if (pattern.size() > kMaxPattern) {
    return absl::InvalidArgumentError(
        absl::StrCat("a pattern in a substitution has at most ", kMaxPattern, " bytes"));
  }
  std::vector<Element> elements;
  const Characters characters = SplitCharacters(pattern);
  for (size_t i = 0; i < characters.size(); ++i) {
    if (characters[i] == "*") {
      elements.push_back({Element::kAnyText});
    } else if (characters[i] == "?") {
      elements.push_back({Element::kAnyOne});
    } else if (characters[i] == "\\") {
      const absl::string_view next = ++i < characters.size() ? characters[i] : "";
      ASSIGN_OR_RETURN(const Element element, ReadEscaped(pattern, next));
      elements.push_back(element);
    } else {
      elements.push_back({Element::kLiteral, characters[i]});
    }
  }
  return elements;
}

absl::StatusOr<Characters> ReadValue(absl::string_view value) {
  Characters characters = SplitCharacters(value);
  if (characters.size() > kMaxMatchedValue) {
    return absl::InvalidArgumentError(absl::StrCat("a value of ", characters.size(),
                                                   " characters in a substitution by pattern; at "
                                                   "most ",
                                                   kMaxMatchedValue, " are possible"));
  }
  return characters;
}

// Where a match that begins at `start` may end.
std::vector<size_t> Ends(const std::vector<Element>& pattern, const Characters& value,
                         size_t start) {
  std::vector<size_t> ends = {start};
  for (const Element& element : pattern) {
    std::vector<size_t> next;
    if (element.kind == Element::kAnyText && !ends.empty()) {
      for (size_t end = ends.front(); end <= value.size(); ++end) {
        next.push_back(end);
      }
    } else if (element.kind != Element::kAnyText) {
      for (size_t end : ends) {
        if (end < value.size() &&
            (element.kind == Element::kAnyOne || value[end] == element.literal)) {
          next.push_back(end + 1);
        }
      }
    }
    ends = std::move(next);
  }
  return ends;
}

// The length of what matches at the start.
std::optional<size_t> MatchLength(const std::vector<Element>& pattern, const Characters& value,
                                  size_t start, Match match) {
  const std::vector<size_t> ends = Ends(pattern, value, start);
  if (ends.empty()) {
    return std::nullopt;
  }
  return (match == Match::kShortest ? ends.front() : ends.back()) - start;
}

}  // namespace

absl::StatusOr<std::string> RemovePrefix(absl::string_view pattern, absl::string_view value,
                                         Match match) {
  ASSIGN_OR_RETURN(const std::vector<Element> elements, ReadPattern(pattern));
  ASSIGN_OR_RETURN(const Characters characters, ReadValue(value));
  const size_t length = MatchLength(elements, characters, 0, match).value_or(0);
  return absl::StrJoin(characters.begin() + static_cast<ptrdiff_t>(length), characters.end(), "");
}

absl::StatusOr<std::string> RemoveSuffix(absl::string_view pattern, absl::string_view value,
                                         Match match) {
  ASSIGN_OR_RETURN(std::vector<Element> elements, ReadPattern(pattern));
  ASSIGN_OR_RETURN(Characters characters, ReadValue(value));
  // Read backwards, an end is a start.
  absl::c_reverse(elements);
  absl::c_reverse(characters);
  const size_t length = MatchLength(elements, characters, 0, match).value_or(0);
  return absl::StrJoin(characters.rbegin(), characters.rend() - static_cast<ptrdiff_t>(length), "");
}

absl::StatusOr<std::string> ReplacePattern(absl::string_view pattern, absl::string_view replacement,
                                           absl::string_view value, Occurrences occurrences) {
  ASSIGN_OR_RETURN(const std::vector<Element> elements, ReadPattern(pattern));
  ASSIGN_OR_RETURN(const Characters characters, ReadValue(value));
  std::string result;
  bool replaced = false;
  for (size_t start = 0; start < characters.size();) {
    std::optional<size_t> length;
    if (!replaced || occurrences == Occurrences::kAll) {
      length = MatchLength(elements, characters, start, Match::kLongest);
    }
    if (length.value_or(0) == 0) {
      absl::StrAppend(&result, characters[start++]);
      continue;
    }
    absl::StrAppend(&result, replacement);
    if (result.size() > kMaxReplacedValue) {
      return absl::InvalidArgumentError(
          absl::StrCat("a substitution comes to more than ", kMaxReplacedValue, " bytes"));
    }
    replaced = true;
    start += *length;
  }
  return result;
}

}  // namespace berth::imageservice
