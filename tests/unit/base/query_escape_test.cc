// SPDX-License-Identifier: Apache-2.0
#include "base/query_escape.h"

#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(QueryEscape, LeavesWhatNeedsNoEscape) {
  EXPECT_EQ(QueryEscape("aZ09-_.~"), "aZ09-_.~");
  EXPECT_EQ(QueryEscape(""), "");
}

TEST(QueryEscape, WritesBytesInHex) {
  EXPECT_EQ(QueryEscape("a b/c=d&e%+"), "a+b%2Fc%3Dd%26e%25%2B");
  EXPECT_EQ(QueryEscape("\xc3\xa9\n"), "%C3%A9%0A");
}

}  // namespace
}  // namespace berth
