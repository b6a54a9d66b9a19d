// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/challenge.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Challenge, OfABearerIsRead) {
  auto challenges =
      ParseChallenges(R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",)"
                      R"(scope="repository:library/nginx:pull,push")");
  ASSERT_THAT(challenges, SizeIs(1));
  EXPECT_EQ(challenges[0].scheme, "bearer");
  EXPECT_EQ(challenges[0].parameter("realm"), "https://auth.docker.io/token");
  EXPECT_EQ(challenges[0].parameter("service"), "registry.docker.io");
  EXPECT_EQ(challenges[0].parameter("scope"), "repository:library/nginx:pull,push");
  EXPECT_EQ(challenges[0].parameter("error"), "");
}

TEST(Challenge, SpacingAndCaseDoNotMatter) {
  auto challenges = ParseChallenges("  BASIC  Realm = \"a b\" ,\tcharset=UTF-8 ");
  ASSERT_THAT(challenges, SizeIs(1));
  EXPECT_EQ(challenges[0].scheme, "basic");
  EXPECT_EQ(challenges[0].parameter("realm"), "a b");
  EXPECT_EQ(challenges[0].parameter("charset"), "UTF-8");
}

TEST(Challenge, SeveralInOneLine) {
  auto challenges = ParseChallenges(R"(Negotiate, Basic realm="x", Bearer realm="y",scope=z)");
  ASSERT_THAT(challenges, SizeIs(3));
  EXPECT_EQ(challenges[0].scheme, "negotiate");
  EXPECT_EQ(challenges[1].scheme, "basic");
  EXPECT_EQ(challenges[1].parameter("realm"), "x");
  EXPECT_EQ(challenges[2].scheme, "bearer");
  EXPECT_EQ(challenges[2].parameter("scope"), "z");
}

TEST(Challenge, QuotedPairsAreUnquoted) {
  auto challenges = ParseChallenges(R"(Bearer realm="a\"b\\c",x="")");
  ASSERT_THAT(challenges, SizeIs(1));
  EXPECT_EQ(challenges[0].parameter("realm"), R"(a"b\c)");
  EXPECT_EQ(challenges[0].parameters.count("x"), 1u);
}

TEST(Challenge, FirstOfAParameterCounts) {
  auto challenges = ParseChallenges(R"(Bearer realm="good",realm="evil")");
  ASSERT_THAT(challenges, SizeIs(1));
  EXPECT_EQ(challenges[0].parameter("realm"), "good");
}

TEST(Challenge, MalformedEndsTheReading) {
  EXPECT_THAT(ParseChallenges(""), IsEmpty());
  EXPECT_THAT(ParseChallenges(" , ,"), IsEmpty());
  EXPECT_THAT(ParseChallenges("\"quoted\""), IsEmpty());
  auto unfinished = ParseChallenges(R"(Bearer realm="never ends)");
  ASSERT_FALSE(unfinished.empty());
  EXPECT_EQ(unfinished[0].parameter("realm"), "");
  EXPECT_EQ(ParseChallenges("Bearer realm=\"x\\")[0].parameter("realm"), "");
  EXPECT_EQ(ParseChallenges("Negotiate YWJj==, Basic realm=x")[0].scheme, "negotiate");
}

TEST(Challenge, IsBounded) {
  std::string schemes;
  std::string parameters = "Bearer ";
  for (int i = 0; i < 1000; ++i) {
    schemes += "s" + std::to_string(i) + ",";
    parameters += "p" + std::to_string(i) + "=1,";
  }
  EXPECT_LE(ParseChallenges(schemes).size(), 16u);
  EXPECT_LE(ParseChallenges(parameters)[0].parameters.size(), 16u);
}

}  // namespace
}  // namespace berth::imageservice
