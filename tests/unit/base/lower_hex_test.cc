// SPDX-License-Identifier: Apache-2.0
#include "base/lower_hex.h"

#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(IsLowerHex, KnowsTheDigitsOfIds) {
  EXPECT_TRUE(IsLowerHex(""));
  EXPECT_TRUE(IsLowerHex("0123456789abcdef"));
  for (const char* other : {"A", "g", "`", "0x1", "1 ", "/", ":", "é"}) {
    EXPECT_FALSE(IsLowerHex(other)) << other;
  }
}

}  // namespace
}  // namespace berth
