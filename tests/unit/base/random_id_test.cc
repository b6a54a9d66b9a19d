// SPDX-License-Identifier: Apache-2.0
#include "base/random_id.h"

#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(RandomId, Is64LowercaseHexDigits) {
  const std::string id = RandomId();
  EXPECT_EQ(id.size(), 64u);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(RandomId, IsAnotherEachTime) {
  EXPECT_NE(RandomId(), RandomId());
}

TEST(RandomId, HasTheLengthAskedFor) {
  EXPECT_EQ(RandomHex(0), "");
  EXPECT_EQ(RandomHex(5).size(), 10u);
}

}  // namespace
}  // namespace berth
