// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/strict_json.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Json Parse(const char* text) {
  return *ParseJson(text, 1000);
}

TEST(StrictJson, ReadsMembersOfTheirType) {
  Json json = Parse(R"({"s":"x","l":["a","b"],"o":{"k":1}})");
  EXPECT_EQ(*StringMember(json, "s"), "x");
  EXPECT_THAT(*StringsMember(json, "l"), ElementsAre("a", "b"));
  EXPECT_EQ((*ObjectMember(json, "o"))->size(), 1u);
  EXPECT_EQ((*ArrayMember(json, "l"))->size(), 2u);
}

TEST(StrictJson, AbsentAndNullAreEmpty) {
  for (const char* text : {"{}", R"({"k":null})", "[]", "1"}) {
    SCOPED_TRACE(text);
    Json json = Parse(text);
    EXPECT_EQ(*StringMember(json, "k"), "");
    EXPECT_THAT(*StringsMember(json, "k"), IsEmpty());
    EXPECT_TRUE((*ObjectMember(json, "k"))->empty());
    EXPECT_TRUE((*ArrayMember(json, "k"))->empty());
  }
}

TEST(StrictJson, RefusesOtherTypes) {
  Json json = Parse(R"({"n":1,"s":"x","l":["a",2],"z":"\u0000"})");
  EXPECT_THAT(StringMember(json, "n").status().message(), HasSubstr("\"n\" is not a string"));
  EXPECT_FALSE(StringsMember(json, "s").ok());
  EXPECT_FALSE(StringsMember(json, "l").ok());
  EXPECT_FALSE(ObjectMember(json, "l").ok());
  EXPECT_FALSE(ArrayMember(json, "s").ok());
  EXPECT_THAT(StringMember(json, "z").status().message(), HasSubstr("null byte"));
}

}  // namespace
}  // namespace berth::imageservice
