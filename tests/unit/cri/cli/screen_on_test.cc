// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/screen_on.h"

#include <stdlib.h>

#include <memory>

#include "tests/unit/cri/cli/replaced_stream.h"

namespace berth::cli {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File FileOf(int fd) {
  return File(fdopen(dup(fd), "w"), fclose);
}

class ScreenOnTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
  }
  void TearDown() override {
    unsetenv("TERM");
    unsetenv("NO_COLOR");
  }

  const sys::Terminal terminal_ = NewTerminal(30, 90);
  const File file_ = FileOf(terminal_.slave.get());
};

TEST_F(ScreenOnTest, IsThatOfATerminalAsItIsNow) {
  std::optional<Screen> screen = ScreenOn(file_.get());
  ASSERT_TRUE(screen.has_value());
  EXPECT_EQ(screen->rows, 30u);
  EXPECT_EQ(screen->columns, 90u);
  EXPECT_TRUE(screen->has_colours);
  EXPECT_TRUE(sys::SetWindowSize(terminal_.master.get(), 10, 20).ok());
  screen = ScreenOn(file_.get());
  ASSERT_TRUE(screen.has_value());
  EXPECT_EQ(screen->columns, 20u);
}

TEST_F(ScreenOnTest, IsNoneWhereNothingCanBeDrawnOver) {
  EXPECT_FALSE(ScreenOn(nullptr).has_value());
  const StreamPipe pipe;
  EXPECT_FALSE(ScreenOn(FileOf(pipe.writer()).get()).has_value());
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(ScreenOn(file_.get()).has_value());
  unsetenv("TERM");
  EXPECT_TRUE(ScreenOn(file_.get()).has_value());
  EXPECT_TRUE(sys::SetWindowSize(terminal_.master.get(), 0, 0).ok());
  EXPECT_FALSE(ScreenOn(file_.get()).has_value());
}

TEST_F(ScreenOnTest, HasNoColoursWhereTheyAreNotWanted) {
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(ScreenOn(file_.get())->has_colours);
  setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(ScreenOn(file_.get())->has_colours);
}

}  // namespace
}  // namespace berth::cli
