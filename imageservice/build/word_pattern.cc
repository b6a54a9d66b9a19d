// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/word_pattern.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

using Characters = std::vector<absl::string_view>;

constexpr size_t kNone = std::string::npos;  // more than any place

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

// Of two ends of matches, either of which may be none.
size_t Better(size_t one, size_t other, Match match) {
  if (match == Match::kShortest || one == kNone || other == kNone) {
    return std::min(one, other);
  }
  return std::max(one, other);
}

// For each place of the value where the match that begins there ends, kNone where none does. Takes
// as many steps as the value has characters, times the elements.
std::vector<size_t> MatchEnds(const std::vector<Element>& pattern, const Characters& value,
                              Match match) {
  std::vector<size_t> ends(value.size() + 1, kNone);
  // Where a match of the elements from each on ends that begins at `start`, or one place after it.
  std::vector<size_t> here(pattern.size() + 1, kNone);
  std::vector<size_t> after(pattern.size() + 1, kNone);
  for (size_t start = value.size() + 1; start-- > 0;) {
    here[pattern.size()] = start;
    for (size_t i = pattern.size(); i-- > 0;) {
      const Element& element = pattern[i];
      if (element.kind == Element::kAnyText) {
        here[i] = Better(here[i + 1], after[i], match);
      } else {
        const bool fits = start < value.size() &&
                          (element.kind == Element::kAnyOne || value[start] == element.literal);
        here[i] = fits ? after[i + 1] : kNone;
      }
    }
    ends[start] = here[0];
    std::swap(here, after);
  }
  return ends;
}

// The length of what matches at the start.
size_t MatchLength(const std::vector<Element>& pattern, const Characters& value, Match match) {
  const size_t end = MatchEnds(pattern, value, match).front();
  return end == kNone ? 0 : end;
}

}  // namespace

absl::StatusOr<std::string> RemovePrefix(absl::string_view pattern, absl::string_view value,
                                         Match match) {
  ASSIGN_OR_RETURN(const std::vector<Element> elements, ReadPattern(pattern));
  ASSIGN_OR_RETURN(const Characters characters, ReadValue(value));
  const size_t length = MatchLength(elements, characters, match);
  return absl::StrJoin(characters.begin() + static_cast<ptrdiff_t>(length), characters.end(), "");
}

absl::StatusOr<std::string> RemoveSuffix(absl::string_view pattern, absl::string_view value,
                                         Match match) {
  ASSIGN_OR_RETURN(std::vector<Element> elements, ReadPattern(pattern));
  ASSIGN_OR_RETURN(Characters characters, ReadValue(value));
  // Read backwards, an end is a start.
  absl::c_reverse(elements);
  absl::c_reverse(characters);
  const size_t length = MatchLength(elements, characters, match);
  return absl::StrJoin(characters.rbegin(), characters.rend() - static_cast<ptrdiff_t>(length), "");
}

absl::StatusOr<std::string> ReplacePattern(absl::string_view pattern, absl::string_view replacement,
                                           absl::string_view value, Occurrences occurrences) {
  ASSIGN_OR_RETURN(const std::vector<Element> elements, ReadPattern(pattern));
  ASSIGN_OR_RETURN(const Characters characters, ReadValue(value));
  const std::vector<size_t> ends = MatchEnds(elements, characters, Match::kLongest);
  std::string result;
  bool replaced = false;
  for (size_t start = 0; start < characters.size();) {
    const bool may_replace = !replaced || occurrences == Occurrences::kAll;
    if (!may_replace || ends[start] == kNone || ends[start] == start) {
      absl::StrAppend(&result, characters[start++]);
      continue;
    }
    absl::StrAppend(&result, replacement);
    if (result.size() > kMaxReplacedValue) {
      return absl::InvalidArgumentError(
          absl::StrCat("a substitution comes to more than ", kMaxReplacedValue, " bytes"));
    }
    replaced = true;
    start = ends[start];
  }
  return result;
}

}  // namespace berth::imageservice
