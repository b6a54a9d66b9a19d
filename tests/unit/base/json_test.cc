// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::HasSubstr;

constexpr size_t kMax = 1 << 16;

std::string Nested(size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(Json, RefusesWhatIsNoJson) {
  for (const char* text : {"", "{", "{} x", "nul", "{\"a\":}", "\xff"}) {
    EXPECT_THAT(ParseJson(text, kMax), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(Json, IsWrittenWhateverBytesAreInIt) {
  EXPECT_EQ(FormatJson({{"a", "b\xff"}, {"c", 1}}), "{\"a\":\"b\xef\xbf\xbd\",\"c\":1}");
}

TEST(Json, LimitsSize) {
  EXPECT_THAT(ParseJson("[1,2]", 5), IsOk());
  EXPECT_THAT(ParseJson("[1,2]", 4),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("limit")));
}

TEST(Json, LimitsDepth) {
  EXPECT_THAT(ParseJson(Nested(kMaxJsonDepth), kMax), IsOk());
  EXPECT_THAT(ParseJson(Nested(kMaxJsonDepth + 1), kMax),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nests")));
  EXPECT_THAT(ParseJson(Nested(30000), kMax), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Json, LimitsTheNumberOfValues) {
  std::string list = "[0";
  for (int i = 2; i < 10'000; ++i) {
    list += ",0";
  }
  EXPECT_THAT(ParseJson(list + "]", kMax), IsOk());
  EXPECT_THAT(ParseJson(list + ",0]", kMax),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more than 10000 values")));
  EXPECT_THAT(ParseJson(list + ",0]", 40 * 10'001), IsOk());
}

TEST(Json, CountsNoBracketsInsideStrings) {
  EXPECT_THAT(ParseJson("\"" + std::string(500, '[') + "\\\"" + std::string(500, '{') + "\"", kMax),
              IsOk());
}

TEST(Json, TakesTheLastOfDuplicateKeys) {
  ASSERT_OK_AND_ASSIGN(Json json, ParseJson(R"({"a":"1","a":"2"})", kMax));
  EXPECT_EQ(JsonString(json, "a"), "2");
}

TEST(Json, LooksUpByType) {
  ASSERT_OK_AND_ASSIGN(Json json,
                       ParseJson(R"({"s":"x","n":7,"o":{"k":1},"l":[1],"b":true})", kMax));
  EXPECT_EQ(JsonString(json, "s"), "x");
  EXPECT_TRUE(JsonFlag(json, "b"));
  EXPECT_EQ(JsonInteger(json, "n"), 7);
  EXPECT_EQ(JsonInteger(JsonObject(json, "o"), "k"), 1);
  EXPECT_EQ(JsonArray(json, "l").size(), 1u);
}

TEST(Json, FindsNothingOfAnotherType) {
  ASSERT_OK_AND_ASSIGN(Json json, ParseJson(R"({"s":"x","z":null,"f":1.5,"l":[1]})", kMax));
  EXPECT_EQ(JsonString(json, "l"), std::nullopt);
  EXPECT_EQ(JsonString(json, "z"), std::nullopt);
  EXPECT_EQ(JsonString(json, "absent"), std::nullopt);
  EXPECT_EQ(JsonInteger(json, "f"), std::nullopt);
  EXPECT_FALSE(JsonFlag(json, "s"));
  EXPECT_FALSE(JsonFlag(json, "absent"));
  EXPECT_TRUE(JsonObject(json, "l").empty());
  EXPECT_TRUE(JsonArray(json, "s").empty());
  EXPECT_EQ(JsonString(Json(3), "s"), std::nullopt);
  EXPECT_TRUE(JsonObject(Json::array(), "s").empty());
}

}  // namespace
}  // namespace berth
