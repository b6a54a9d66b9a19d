// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/terminal_text.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

TEST(OneLine, HasNoColours) {
  EXPECT_EQ(OneLine("a \x1b[1;31mred\x1b[0m b"), "a red b");
  EXPECT_EQ(OneLine("\x1b[2J\x1b[Hcleared"), "cleared");
  EXPECT_EQ(OneLine("\x1b]0;title\x07x\x1b]8;;http://a\x1b\\link"), "xlink");
}

TEST(OneLine, ShowsWhatATerminalWouldActUpon) {
  EXPECT_EQ(OneLine("a\x1b"
                    "b\x07\x08\x7f"),
            "a?b???");
  EXPECT_EQ(OneLine("\x1b[12"), "?[12");
  EXPECT_EQ(OneLine("\x1b]0;endless"), "?]0;endless");
  EXPECT_EQ(OneLine("c1 \xc2\x9b"
                    "2J"),
            "c1 ?2J");
  EXPECT_EQ(OneLine("\xe2\x80\xaeturned"), "?turned");
  EXPECT_EQ(OneLine("\xe2\x80\x8e \xe2\x80\x8f \xd8\x9c marked"), "? ? ? marked");
  EXPECT_EQ(OneLine("\xef\xbb\xbf \xf3\xa0\x80\x80\xf3\xa0\x81\xbf unseen"), "? ?? unseen");
  EXPECT_EQ(OneLine("a\tb\nc\r"), "a b c?");
  EXPECT_EQ(OneLine("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(OneLine(absl::string_view("\0", 1)), "?");
}

TEST(Printable, KeepsLines) {
  EXPECT_EQ(Printable("a\tb\r\nc\n"), "a\tb\r\nc\n");
  EXPECT_EQ(Printable("\x1b[31mred\xc2\x9b"
                      "2J\x7f"),
            "?[31mred?2J?");
  EXPECT_EQ(Printable("\xc3\xbc"), "\xc3\xbc");
}

TEST(ColumnsOf, CountsWhatATerminalShows) {
  EXPECT_EQ(ColumnsOf(""), 0U);
  EXPECT_EQ(ColumnsOf("abc"), 3U);
  EXPECT_EQ(ColumnsOf("\xc3\xbc"), 1U);
  EXPECT_EQ(ColumnsOf("\xe4\xb8\xad\xe6\x96\x87"), 4U);  // of two columns each
  EXPECT_EQ(ColumnsOf("e\xcc\x81"), 1U);                 // an accent that is put upon it
}

TEST(CutTo, KeepsCharactersWhole) {
  EXPECT_EQ(CutTo("abc", 2), "ab");
  EXPECT_EQ(CutTo("abc", 3), "abc");
  EXPECT_EQ(CutTo("\xe4\xb8\xad\xe6\x96\x87", 3), "\xe4\xb8\xad");
  EXPECT_EQ(CutTo("e\xcc\x81x", 1), "e\xcc\x81");
  EXPECT_EQ(CutTo("x", 0), "");
}

}  // namespace
}  // namespace berth::cli
