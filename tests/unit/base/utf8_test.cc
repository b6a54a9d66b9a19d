// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include "gtest/gtest.h"

namespace berth {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";

TEST(ValidUtf8, LeavesWhatIs) {
  for (const char* text : {"", "plain", "\"quoted\" \\ \n\x01", "\xC3\xBC \xF0\x9F\x90\xB3"}) {
    EXPECT_EQ(ValidUtf8(text), text);
  }
  EXPECT_EQ(ValidUtf8(absl::string_view("a\0b", 3)), std::string("a\0b", 3));
}

TEST(ValidUtf8, ReplacesWhatIsNot) {
  EXPECT_EQ(ValidUtf8("caf\xE9"), std::string("caf") + kReplacement);  // latin-1
  EXPECT_EQ(ValidUtf8("\xFF"
                      "a"),
            std::string(kReplacement) + "a");
  EXPECT_EQ(ValidUtf8("x\xC3"), std::string("x") + kReplacement);  // cut in the middle
}

}  // namespace
}  // namespace berth
