// SPDX-License-Identifier: Apache-2.0
#include "base/user_database.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(UserDatabase, PassesOverMalformedLines) {
  constexpr char kPasswd[] =
      "\n"
      "short\n"
      "a:b\n"
      ":x:3:3::/:\n"
      "neg:x:-1:0::/:\n"
      "space:x: 4:0::/:\n"
      "+::::::\n"
      "few:x:5:6\n"
      "last:x:7:8:name:/home:/bin/sh";
  EXPECT_EQ(FindUserByName(kPasswd, ""), std::nullopt);
  EXPECT_EQ(FindUserByName(kPasswd, "neg"), std::nullopt);
  EXPECT_EQ(FindUserByName(kPasswd, "space"), std::nullopt);
  EXPECT_EQ(FindUserByName(kPasswd, "+"), std::nullopt);
  EXPECT_EQ(FindUserById(kPasswd, 3), std::nullopt);
  ASSERT_TRUE(FindUserByName(kPasswd, "few").has_value());
  EXPECT_EQ(FindUserByName(kPasswd, "few")->home, "");
  ASSERT_TRUE(FindUserById(kPasswd, 7).has_value());
  EXPECT_EQ(FindUserById(kPasswd, 7)->name, "last");
  EXPECT_EQ(FindUserById(kPasswd, 7)->home, "/home");
}

TEST(UserDatabase, TheFirstMatchCounts) {
  constexpr char kPasswd[] = "a:x:1:1::/first:\na:x:2:2::/second:\nb:x:1:3::/:\n";
  EXPECT_EQ(FindUserByName(kPasswd, "a")->uid, 1u);
  EXPECT_EQ(FindUserById(kPasswd, 1)->name, "a");
}

TEST(UserDatabase, FindsMembers) {
  constexpr char kGroup[] = "g:x:1:a,b\nh:x:2:b,a\ni:x:3:ab\nj:x:4:\nk:x:5\nbad:x:y:a\n:x:6:a\n";
  EXPECT_THAT(GroupsOf(kGroup, "a"), ElementsAre(1, 2));
  EXPECT_THAT(GroupsOf(kGroup, "ab"), ElementsAre(3));
  EXPECT_THAT(GroupsOf(kGroup, "c"), IsEmpty());
  EXPECT_EQ(FindGroupByName(kGroup, "k"), 5u);
  EXPECT_EQ(FindGroupByName(kGroup, "bad"), std::nullopt);
}

TEST(UserDatabase, ParsesIdsStrictly) {
  EXPECT_EQ(ParseId("0"), 0u);
  EXPECT_EQ(ParseId("00012"), 12u);
  EXPECT_EQ(ParseId("2147483647"), 2147483647u);
  for (const char* text : {"", "2147483648", "4294967296", "-1", "+1", " 1", "1 ", "0x1", "1.0",
                           "99999999999999999999999"}) {
    EXPECT_EQ(ParseId(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace berth
