// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/screen_block.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

TEST(ScreenBlock, DrawsOverWhatItHasDrawn) {
  ScreenBlock block;
  EXPECT_EQ(block.Draw({"a", "b"}), "\x1b[2Ka\n\x1b[2Kb\n");
  EXPECT_EQ(block.Draw({"c", "d", "e"}), "\x1b[2A\r\x1b[2Kc\n\x1b[2Kd\n\x1b[2Ke\n");
}

TEST(ScreenBlock, TakesLinesAwayThatAreNoMore) {
  ScreenBlock block;
  block.Draw({"a", "b"});
  EXPECT_EQ(block.Draw({"c"}), "\x1b[2A\r\x1b[2Kc\n\x1b[J");
  EXPECT_EQ(block.Draw({}), "\x1b[1A\r\x1b[J");
  EXPECT_EQ(block.Draw({}), "");
}

TEST(ScreenBlock, WhatIsLeftStays) {
  ScreenBlock block;
  block.Draw({"a", "b"});
  block.Leave();
  EXPECT_EQ(block.Draw({"c"}), "\x1b[2Kc\n");
}

}  // namespace
}  // namespace berth::cli
