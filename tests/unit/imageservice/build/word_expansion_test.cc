// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/word_expansion.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::optional<std::string> Value(absl::string_view name) {
  static const std::map<std::string, std::string, std::less<>> kVariables = {
      {"a", "1"},         {"name", "web"},
      {"empty", ""},      {"version", "v1.2.3"},
      {"2", "two"},       {"path", "/usr/local/bin"},
      {"spaced", "x  y"}, {"quoted", "\"q\""},
  };
  const auto found = kVariables.find(name);
  return found == kVariables.end() ? std::nullopt : std::optional(found->second);
}

struct Case {
  const char* text;
  const char* result;
};

class Expansion : public ::testing::TestWithParam<Case> {};

TEST_P(Expansion, IsAsInAShell) {
  EXPECT_THAT(ExpandWord(GetParam().text, '\\', Value), IsOkAndHolds(GetParam().result))
      << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Words, Expansion,
    ::testing::Values(
        Case{"plain", "plain"}, Case{"", ""}, Case{"a b  c", "a b  c"}, Case{"$a", "1"},
        Case{"${a}", "1"}, Case{"$name-$a", "web-1"}, Case{"$name_", ""}, Case{"${name}_", "web_"},
        Case{"$unset", ""}, Case{"x${unset}y", "xy"}, Case{"$", "$"}, Case{"a$ b", "a$ b"},
        Case{"$.", "$."}, Case{"$2x", "twox"}, Case{"$@", ""}, Case{"$quoted", "\"q\""},
        // Quotes and escapes.
        Case{"'$a'", "$a"}, Case{"\"$a\"", "1"}, Case{R"(\$a)", "$a"}, Case{R"("\$a")", "$a"},
        Case{R"("\"")", "\""}, Case{R"("\n")", R"(\n)"}, Case{R"(\n)", "n"}, Case{R"('\')", "\\"},
        Case{R"(a\ b)", "a b"}, Case{R"(end\)", "end"}, Case{R"("a'b")", "a'b"},
        Case{R"('a"b')", "a\"b"}, Case{R"(a"b"'c')", "abc"},
        // Set or not, empty or not.
        Case{"${a:-d}", "1"}, Case{"${empty:-d}", "d"}, Case{"${unset:-d}", "d"},
        Case{"${a-d}", "1"}, Case{"${empty-d}", ""}, Case{"${unset-d}", "d"}, Case{"${a:+d}", "d"},
        Case{"${empty:+d}", ""}, Case{"${unset:+d}", ""}, Case{"${empty+d}", "d"},
        Case{"${unset+d}", ""}, Case{"${a:?no}", "1"}, Case{"${empty?no}", ""},
        Case{"${unset:-${name}}", "web"}, Case{"${unset:-'}'}", "}"}, Case{"${unset:-a b}", "a b"},
        Case{R"(${unset:-\}})", "}"}, Case{"${unset:-}", ""},
        // Patterns.
        Case{"${version#v}", "1.2.3"}, Case{"${path##*/}", "bin"},
        Case{"${path#*/}", "usr/local/bin"}, Case{"${version%.*}", "v1.2"},
        Case{"${version%%.*}", "v1"}, Case{"${version/./_}", "v1_2.3"},
        Case{"${version//./_}", "v1_2_3"}, Case{R"(${path//\//-})", "-usr-local-bin"},
        Case{"${unset#x}", ""}, Case{"${name/e/$a}", "w1b"}, Case{"${name/e/}", "wb"}));

TEST(ExpandWord, AnotherEscapeMakesABackslashPlain) {
  EXPECT_THAT(ExpandWord(R"(c:\$name)", '`', Value), IsOkAndHolds(R"(c:\web)"));
  EXPECT_THAT(ExpandWord("`$name", '`', Value), IsOkAndHolds("$name"));
}

TEST(ExpandWord, SaysWhatIsWrong) {
  const Case cases[] = {
      {"'a", "looking for matching single-quote"},
      {"\"a", "looking for matching double-quote"},
      {"${", "missing '}'"},
      {"${a", "missing '}'"},
      {"${a:-b", "missing '}'"},
      {"${}", "bad substitution"},
      {"${:x}", "bad substitution"},
      {"${a=b}", "unsupported modifier (=)"},
      {"${a:=b}", "unsupported modifier (:=)"},
      {"${a/b}", "missing '/' in ${}"},
      {"${a/b/c", "missing '}'"},
      {"${unset:?}", "unset: is not allowed to be unset"},
      {"${empty:?}", "empty: is not allowed to be empty"},
      {"${unset?give me one}", "unset: give me one"},
      {R"(${a#\x})", "invalid escape"},
  };
  for (const Case& each : cases) {
    EXPECT_THAT(ExpandWord(each.text, '\\', Value),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(each.result)))
        << each.text;
  }
}

TEST(ExpandWords, SplitAtSpacesThatAreNotQuoted) {
  EXPECT_THAT(ExpandWords(" a  'b c' \"d e\"f ", '\\', Value),
              IsOkAndHolds(ElementsAre("a", "b c", "d ef")));
  EXPECT_THAT(ExpandWords("$spaced \"$spaced\"", '\\', Value),
              IsOkAndHolds(ElementsAre("x", "y", "x  y")));
  EXPECT_THAT(ExpandWords("$unset '' ", '\\', Value), IsOkAndHolds(ElementsAre()));
}

TEST(ExpandWord, HasLimits) {
  const std::string large(1 << 20, 'x');
  const auto value = [&](absl::string_view) { return std::optional(large); };
  EXPECT_THAT(ExpandWord("$a", '\\', value), IsOkAndHolds(large));
  EXPECT_THAT(ExpandWord("$a$a", '\\', value), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ExpandWord("\"$a$a\"", '\\', value), StatusIs(absl::StatusCode::kInvalidArgument));
  std::string nested;
  for (int i = 0; i < 2 * kMaxExpansionDepth; ++i) {
    absl::StrAppend(&nested, "${unset:-");
  }
  EXPECT_THAT(ExpandWord(nested, '\\', Value),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("in each other")));
}

TEST(ExpansionBudget, IsOfAllWordsTogether) {
  const std::string large(kMaxExpandedWords / 2, 'x');
  ExpansionBudget budget;
  EXPECT_THAT(budget.Take(large), IsOkAndHolds(large));
  EXPECT_THAT(budget.Take(absl::UnknownError("")), StatusIs(absl::StatusCode::kUnknown));
  EXPECT_THAT(budget.Take(large), IsOkAndHolds(large));
  EXPECT_THAT(budget.Take(std::string("x")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("come to more than")));
}

}  // namespace
}  // namespace berth::imageservice
