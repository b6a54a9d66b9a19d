// SPDX-License-Identifier: Apache-2.0
#include "base/path_pattern.h"

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth {
namespace {

using test::StatusIs;

bool Matches(absl::string_view pattern, absl::string_view path) {
  absl::StatusOr<PathPattern> parsed = PathPattern::Parse(pattern);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() && parsed->Matches(path);
}

TEST(PathPattern, MatchesWholePaths) {
  const std::pair<const char*, const char*> yes[] = {
      {"a", "a"},        {"*", "abc"},      {"*.go", "main.go"},   {"a/*/c", "a/b/c"},
      {"?b", "ab"},      {"[a-c]x", "bx"},  {"[^a]x", "bx"},       {R"(\*)", "*"},
      {R"([\]])", "]"},  {"**", "a/b/c"},   {"**/a", "a"},         {"**/a", "x/y/a"},
      {"a/**", "a/b/c"}, {"a/**/b", "a/b"}, {"a/**/b", "a/x/y/b"}, {"**/*.go", "a/b.go"},
      {"a**b", "ab"},    {"a**b", "ax/b"},  {"**/**", "a/b"},      {"[]a]", "]"},
  };
  for (const auto& [pattern, path] : yes) {
    EXPECT_TRUE(Matches(pattern, path)) << pattern << " " << path;
  }
  const std::pair<const char*, const char*> no[] = {
      {"a", "ab"},    {"a", "a/b"},       {"*", "a/b"},    {"a/*", "a/b/c"}, {"?", "/"},
      {"[a-c]", "d"}, {"[^a]", "/"},      {R"(\*)", "a"},  {"**/a", "xa"},   {"a/**", "ab"},
      {"*.go", "go"}, {"a/**/b", "a/xb"}, {"a**b", "axb"}, {"", "a"},
  };
  for (const auto& [pattern, path] : no) {
    EXPECT_FALSE(Matches(pattern, path)) << pattern << " " << path;
  }
}

TEST(PathPattern, RefusesWhatHasNoEnd) {
  for (const char* pattern : {"[", "[a", "[a-", "a\\", "[\\"}) {
    EXPECT_THAT(PathPattern::Parse(pattern), StatusIs(absl::StatusCode::kInvalidArgument))
        << pattern;
  }
  EXPECT_THAT(PathPattern::Parse(std::string(kMaxPathPattern + 1, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(PathPattern, StarsInARowTakeNoLonger) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) {
    pattern += "*a";
  }
  EXPECT_FALSE(Matches(pattern + "b", std::string(4000, 'a')));
}

TEST(HasWildcard, KnowsThem) {
  EXPECT_TRUE(HasWildcard("a/*"));
  EXPECT_TRUE(HasWildcard("[a]"));
  EXPECT_FALSE(HasWildcard("a/b.c"));
}

}  // namespace
}  // namespace berth
