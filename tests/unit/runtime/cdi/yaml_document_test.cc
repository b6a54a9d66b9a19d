// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/yaml_document.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cdi {
namespace {

using ::testing::HasSubstr;

constexpr size_t kPlenty = 1 << 20;

std::string Parsed(absl::string_view yaml) {
  const absl::StatusOr<Json> json = ParseYaml(yaml, kPlenty);
  return json.ok() ? FormatJson(*json) : std::string(json.status().message());
}

TEST(YamlDocument, BecomesJson) {
  EXPECT_EQ(Parsed("a:\n- b: c\n  d: [1, 'x']\n- {e: ~}\nf: |\n  two\n  lines\n"),
            R"({"a":[{"b":"c","d":[1,"x"]},{"e":null}],"f":"two\nlines\n"})");
  EXPECT_EQ(Parsed("--- # comment\na: b\n...\n"), R"({"a":"b"})");
  EXPECT_EQ(Parsed(R"({"a": ["b", 1, true, null]})"), R"({"a":["b",1,true,null]})");
  EXPECT_EQ(Parsed(""), "null");
  EXPECT_EQ(Parsed({}), "null");
}

TEST(YamlDocument, TellsNumbersFromTexts) {
  EXPECT_EQ(Parsed("[0, -7, +7, 0x1B, 0o666, 0666, 438]"), "[0,-7,7,27,438,438,438]");
  EXPECT_EQ(Parsed("['7', \"0x1\", !!str 7, 0.5.0, 1e3, 089, 0x, 7a, -, 0x-1, 1_0]"),
            R"(["7","0x1","7","0.5.0","1e3","089","0x","7a","-","0x-1","1_0"])");
  EXPECT_EQ(Parsed("[99999999999999999999]"), R"(["99999999999999999999"])");
  EXPECT_EQ(Parsed("[true, False, 'true', yes, null, Null, '']"),
            R"([true,false,"true","yes",null,null,""])");
}

TEST(YamlDocument, RefusesWhatIsNone) {
  EXPECT_THAT(Parsed("a: b\n\tc: d"), HasSubstr("line 2"));
  EXPECT_THAT(Parsed("a: [1"), HasSubstr("line "));
  EXPECT_THAT(Parsed("a: 1\nb: 2\na: 3"), HasSubstr("line 3: the key a is there twice"));
  EXPECT_THAT(Parsed("a: 1\n---\nb: 2"), HasSubstr("second document"));
  EXPECT_THAT(Parsed("? [a, b]\n: c"), HasSubstr("a key that is no text"));
  EXPECT_THAT(Parsed("a: !!binary aGk="), HasSubstr("tag"));
  EXPECT_THAT(Parsed("a: !thing {b: c}"), HasSubstr("tag"));
  EXPECT_THAT(Parsed("a: \xff"), HasSubstr("line "));
}

// A few lines of aliases can mean gigabytes.
TEST(YamlDocument, RefusesAliases) {
  EXPECT_THAT(Parsed("a: &x [1]\nb: *x"), HasSubstr("line 2: an alias"));
  EXPECT_THAT(Parsed("a: &x {b: c}\nd: {<<: *x}"), HasSubstr("alias"));
}

TEST(YamlDocument, IsBounded) {
  EXPECT_THAT(Parsed(std::string(kMaxJsonDepth + 1, '[')), HasSubstr("nested deeper than"));
  EXPECT_THAT(Parsed(std::string(kMaxJsonDepth, '[') + std::string(kMaxJsonDepth, ']')),
              HasSubstr("[[[["));
  EXPECT_THAT(Parsed(std::string(100000, '[')), HasSubstr("nested deeper than"));
  EXPECT_THAT(ParseYaml("[1, 2]", 5), test::StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::cdi
