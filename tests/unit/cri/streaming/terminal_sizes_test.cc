// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/terminal_sizes.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(TerminalSizes, ReadsAnObject) {
  TerminalSizes sizes;
  const auto size = sizes.Receive(R"({"Width":80,"Height":24})");
  ASSERT_TRUE(size.has_value());
  EXPECT_EQ(size->columns, 80);
  EXPECT_EQ(size->rows, 24);
}

TEST(TerminalSizes, TakesTheLastOfMany) {
  TerminalSizes sizes;
  const auto size = sizes.Receive("{\"Width\":1,\"Height\":2}\n {\"Width\":3,\"Height\":4}\n{\"Wi");
  ASSERT_TRUE(size.has_value());
  EXPECT_EQ(size->columns, 3);
  EXPECT_EQ(size->rows, 4);
  EXPECT_EQ(sizes.Receive("dth\":5,\"Height\":6}")->columns, 5);
}

TEST(TerminalSizes, ReadsItByteByByte) {
  TerminalSizes sizes;
  const std::string text = R"({"Width":132,"Height":43})";
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    EXPECT_FALSE(sizes.Receive(text.substr(i, 1)).has_value());
  }
  EXPECT_EQ(sizes.Receive("}")->columns, 132);
}

TEST(TerminalSizes, SkipsWhatIsNone) {
  const char* const wrong[] = {"",
                               "}}}}",
                               "{}",
                               R"({"Width":"80","Height":24})",
                               R"({"Width":-1,"Height":24})",
                               R"({"Width":70000,"Height":24})",
                               R"({"Width":80})",
                               "{{{{{{{{"};
  for (const char* text : wrong) {
    TerminalSizes sizes;
    EXPECT_FALSE(sizes.Receive(text).has_value()) << text;
    EXPECT_TRUE(sizes.Receive(R"({"Width":80,"Height":24})").has_value()) << text;
  }
}

TEST(TerminalSizes, KeepsNoMoreThanAnObject) {
  TerminalSizes sizes;
  EXPECT_FALSE(sizes.Receive("{" + std::string(1 << 20, 'x')).has_value());
  EXPECT_TRUE(sizes.Receive(R"({"Width":80,"Height":24})").has_value());
}

}  // namespace
}  // namespace berth::cri
