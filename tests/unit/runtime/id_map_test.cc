// SPDX-License-Identifier: Apache-2.0
#include "runtime/id_map.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

class IdMapTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(map_.Insert("abc1", "one", std::make_shared<int>(1)));
    ASSERT_TRUE(map_.Insert("abd2", "two", std::make_shared<int>(2)));
    ASSERT_TRUE(map_.Insert("abc", "three", std::make_shared<int>(3)));
  }

  int Find(absl::string_view prefix) {
    const std::shared_ptr<int> found = map_.Find(prefix);
    return found == nullptr ? 0 : *found;
  }

  IdMap<int> map_;
};

TEST_F(IdMapTest, FindsByIdAndByUnambiguousPrefix) {
  EXPECT_EQ(Find("abc1"), 1);
  EXPECT_EQ(Find("abd"), 2);
  EXPECT_EQ(Find("abd2"), 2);
}

TEST_F(IdMapTest, AnAmbiguousOrUnknownPrefixFindsNothing) {
  EXPECT_EQ(Find("ab"), 0);
  EXPECT_EQ(Find("a"), 0);
  EXPECT_EQ(Find("abc12"), 0);
  EXPECT_EQ(Find("x"), 0);
  EXPECT_EQ(Find(""), 0);
}

TEST_F(IdMapTest, AWholeIdIsNoPrefixOfALongerOne) {
  EXPECT_EQ(Find("abc"), 3);
}

TEST_F(IdMapTest, IdsAndNamesAreUnique) {
  EXPECT_FALSE(map_.Insert("abc1", "four", std::make_shared<int>(4)));
  EXPECT_FALSE(map_.Insert("new", "one", std::make_shared<int>(4)));
  EXPECT_EQ(Find("new"), 0);
  EXPECT_EQ(*map_.FindByName("one"), 1);
}

TEST_F(IdMapTest, ARemovedObjectFreesItsName) {
  map_.Erase("abc1");
  map_.Erase("abc1");
  EXPECT_EQ(Find("abc1"), 0);
  EXPECT_EQ(map_.FindByName("one"), nullptr);
  EXPECT_TRUE(map_.Insert("new", "one", std::make_shared<int>(4)));
  EXPECT_EQ(map_.All().size(), 3u);
}

}  // namespace
}  // namespace berth::runtime
