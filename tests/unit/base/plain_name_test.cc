// SPDX-License-Identifier: Apache-2.0
#include "base/plain_name.h"

#include <string>

#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(PlainName, BeginsWithALetterOrADigit) {
  for (const char* name : {"a", "7", "web-1.x_y", "A.", "0--"}) {
    EXPECT_TRUE(IsPlainName(name)) << name;
  }
  for (const std::string& text :
       {std::string(), std::string("."), std::string("-a"), std::string("_a"), std::string("a/b"),
        std::string("a b"), std::string("a\0b", 3), std::string("\xc3\xa4")}) {
    EXPECT_FALSE(IsPlainName(text)) << text;
  }
}

}  // namespace
}  // namespace berth
