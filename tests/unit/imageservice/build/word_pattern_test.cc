// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/word_pattern.h"

#include "gtest/gtest.h"

#include "base/clock.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

TEST(RemovePrefix, ShortestAndLongest) {
  EXPECT_THAT(RemovePrefix("*/", "a/b/c", Match::kShortest), IsOkAndHolds("b/c"));
  EXPECT_THAT(RemovePrefix("*/", "a/b/c", Match::kLongest), IsOkAndHolds("c"));
  EXPECT_THAT(RemovePrefix("v", "v1.2", Match::kShortest), IsOkAndHolds("1.2"));
  EXPECT_THAT(RemovePrefix("x", "v1.2", Match::kLongest), IsOkAndHolds("v1.2"));
  EXPECT_THAT(RemovePrefix("", "v", Match::kLongest), IsOkAndHolds("v"));
  EXPECT_THAT(RemovePrefix("*", "all", Match::kLongest), IsOkAndHolds(""));
}

TEST(RemoveSuffix, ShortestAndLongest) {
  EXPECT_THAT(RemoveSuffix(".*", "a.tar.gz", Match::kShortest), IsOkAndHolds("a.tar"));
  EXPECT_THAT(RemoveSuffix(".*", "a.tar.gz", Match::kLongest), IsOkAndHolds("a"));
  EXPECT_THAT(RemoveSuffix("b?", "abc", Match::kLongest), IsOkAndHolds("a"));
  EXPECT_THAT(RemoveSuffix("cb", "abc", Match::kLongest), IsOkAndHolds("abc"));
}

TEST(ReplacePattern, TakesTheLongestFromTheLeft) {
  EXPECT_THAT(ReplacePattern(".", "_", "1.2.3", Occurrences::kFirst), IsOkAndHolds("1_2.3"));
  EXPECT_THAT(ReplacePattern(".", "_", "1.2.3", Occurrences::kAll), IsOkAndHolds("1_2_3"));
  EXPECT_THAT(ReplacePattern("b*d", "-", "abcdcde", Occurrences::kFirst), IsOkAndHolds("a-e"));
  EXPECT_THAT(ReplacePattern("x", "y", "abc", Occurrences::kAll), IsOkAndHolds("abc"));
  EXPECT_THAT(ReplacePattern("", "y", "abc", Occurrences::kAll), IsOkAndHolds("abc"));
  EXPECT_THAT(ReplacePattern("a", "aa", "aa", Occurrences::kAll), IsOkAndHolds("aaaa"));
}

TEST(WordPattern, AQuestionMarkIsOneCharacter) {
  EXPECT_THAT(RemovePrefix("?", "\u00e4b", Match::kShortest), IsOkAndHolds("b"));
  EXPECT_THAT(RemoveSuffix("?", "b\u00e4", Match::kShortest), IsOkAndHolds("b"));
}

TEST(WordPattern, EscapesTakeTheMeaningAway) {
  EXPECT_THAT(RemovePrefix(R"(\*)", "*a", Match::kShortest), IsOkAndHolds("a"));
  EXPECT_THAT(RemovePrefix(R"(\*)", "ba", Match::kShortest), IsOkAndHolds("ba"));
  EXPECT_THAT(RemovePrefix(R"(\})", "}a", Match::kShortest), IsOkAndHolds("a"));
  EXPECT_THAT(ReplacePattern(R"(\/)", "-", "a/b", Occurrences::kAll), IsOkAndHolds("a-b"));
  EXPECT_THAT(RemovePrefix(R"(\x)", "x", Match::kShortest),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(R"(invalid escape '\x')")));
  EXPECT_THAT(RemovePrefix("\\", "x", Match::kShortest),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(WordPattern, HasLimits) {
  const std::string large(kMaxMatchedValue + 1, 'x');
  EXPECT_THAT(RemovePrefix("x", large, Match::kShortest),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("4096")));
  EXPECT_THAT(
      ReplacePattern("x", std::string(1000, 'y'), std::string(4000, 'x'), Occurrences::kAll),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1048576")));
  EXPECT_THAT(RemovePrefix(std::string(kMaxPattern + 1, '*'), "x", Match::kShortest),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("256 bytes")));
  // Stars in a row, which make a backtracking matcher take for ever.
  EXPECT_THAT(RemovePrefix("*a*a*a*a*a*a*a*a*b", std::string(4000, 'a'), Match::kLongest),
              IsOkAndHolds(std::string(4000, 'a')));
}

// Whatever the words are, it takes no more steps than characters times elements.
TEST(WordPattern, ReplacingTakesNoLongerThanTheWordsAre) {
  const std::string value(kMaxMatchedValue, 'a');
  std::string pattern;
  while (pattern.size() + 3 < kMaxPattern) {
    pattern += "*a";
  }
  const absl::Time start = SteadyNow();
  EXPECT_THAT(ReplacePattern(pattern + "b", "-", value, Occurrences::kAll), IsOkAndHolds(value));
  EXPECT_LT(SteadyNow() - start, absl::Seconds(5));
  EXPECT_THAT(ReplacePattern(pattern, "-", value, Occurrences::kAll), IsOkAndHolds("-"));
}

TEST(ReplacePattern, TakesTheLongestOfEachPlace) {
  EXPECT_THAT(ReplacePattern("a*b", "-", "aabab", Occurrences::kAll), IsOkAndHolds("-"));
  EXPECT_THAT(ReplacePattern("a?", "-", "aXabaa", Occurrences::kAll), IsOkAndHolds("---"));
  EXPECT_THAT(ReplacePattern("*", "-", "abc", Occurrences::kAll), IsOkAndHolds("-"));
  EXPECT_THAT(ReplacePattern("b*", "-", "abcb", Occurrences::kFirst), IsOkAndHolds("a-"));
}

}  // namespace
}  // namespace berth::imageservice
