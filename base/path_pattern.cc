// SPDX-License-Identifier: Apache-2.0
#include "base/path_pattern.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"

namespace berth {
namespace {

absl::Status HasNoEnd(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("syntax error in pattern: ", what));
}

// One character of a class; its backslash gone.
absl::StatusOr<char> TakeClassCharacter(absl::string_view& rest) {
  absl::ConsumePrefix(&rest, "\\");
  if (rest.empty()) {
    return HasNoEnd("[ without ]");
  }
  const char c = rest.front();
  rest.remove_prefix(1);
  return c;
}

}  // namespace

absl::StatusOr<PathPattern::Element> PathPattern::ParseClass(absl::string_view& rest) {
  Element element{Element::kClass};
  element.negated = absl::ConsumePrefix(&rest, "^");
  while (element.ranges.empty() || !absl::ConsumePrefix(&rest, "]")) {
    ASSIGN_OR_RETURN(const char first, TakeClassCharacter(rest));
    char last = first;
    if (absl::ConsumePrefix(&rest, "-")) {
      ASSIGN_OR_RETURN(last, TakeClassCharacter(rest));
    }
    element.ranges.push_back({static_cast<unsigned char>(first), static_cast<unsigned char>(last)});
  }
  return element;
}

absl::StatusOr<PathPattern> PathPattern::Parse(absl::string_view text) {
  if (text.size() > kMaxPathPattern) {
    return absl::InvalidArgumentError(
        absl::StrCat("a pattern has at most ", kMaxPathPattern, " bytes"));
  }
  PathPattern pattern;
  for (absl::string_view rest = text; !rest.empty();) {
    if (absl::ConsumePrefix(&rest, "**")) {
      absl::ConsumePrefix(&rest, "/");
      pattern.elements_.push_back({rest.empty() ? Element::kEverything : Element::kDirectories});
    } else if (absl::ConsumePrefix(&rest, "*")) {
      pattern.elements_.push_back({Element::kAnyInComponent});
    } else if (absl::ConsumePrefix(&rest, "?")) {
      pattern.elements_.push_back({Element::kAnyOne});
    } else if (absl::ConsumePrefix(&rest, "[")) {
      ASSIGN_OR_RETURN(Element element, ParseClass(rest));
      pattern.elements_.push_back(std::move(element));
    } else {
      absl::ConsumePrefix(&rest, "\\");
      if (rest.empty()) {
        return HasNoEnd("a backslash at the end");
      }
      pattern.AddLiteral(rest.front());
      rest.remove_prefix(1);
    }
  }
  return pattern;
}

bool PathPattern::MatchesOne(const Element& element, char c) {
  switch (element.kind) {
    case Element::kLiteral:
      return c == element.literal;
    case Element::kClass: {
      const auto byte = static_cast<unsigned char>(c);
      const bool inside = absl::c_any_of(element.ranges, [byte](const Range& range) {
        return range.first <= byte && byte <= range.last;
      });
      return c != '/' && inside != element.negated;
    }
    case Element::kAnyOne:
    case Element::kAnyInComponent:
      return c != '/';
    default:
      return true;
  }
}

// before[i]: the elements up to here match the first i bytes of the path.
void PathPattern::Advance(const Element& element, absl::string_view path,
                          const std::vector<bool>& before, std::vector<bool>& after) {
  bool reached = false;
  for (size_t i = 0; i <= path.size(); ++i) {
    const bool more = i > 0 && MatchesOne(element, path[i - 1]);
    switch (element.kind) {
      case Element::kAnyInComponent:
      case Element::kEverything:
        after[i] = before[i] || (more && after[i - 1]);
        break;
      case Element::kDirectories:
        after[i] = before[i] || (reached && path[i - 1] == '/');
        reached = reached || before[i];
        break;
      default:
        after[i] = more && before[i - 1];
    }
  }
}

void PathPattern::AddLiteral(char c) {
  if (elements_.empty()) {
    literal_ += c;
  } else {
    elements_.push_back({Element::kLiteral, c});
  }
}

bool PathPattern::Matches(absl::string_view path) const {
  if (!absl::ConsumePrefix(&path, literal_)) {
    return false;
  }
  std::vector<bool> matches(path.size() + 1);
  std::vector<bool> next(path.size() + 1);
  matches[0] = true;
  for (const Element& element : elements_) {
    Advance(element, path, matches, next);
    std::swap(matches, next);
    if (!absl::c_linear_search(matches, true)) {
      return false;
    }
  }
  return matches.back();
}

bool HasWildcard(absl::string_view path) {
  return path.find_first_of("*?[\\") != absl::string_view::npos;
}

}  // namespace berth
