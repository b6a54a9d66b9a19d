// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/local_terminal.h"

#include "tests/unit/cri/cli/replaced_stream.h"

namespace berth::cli {
namespace {

termios SettingsOf(const sys::Terminal& terminal) {
  termios settings = {};
  EXPECT_EQ(tcgetattr(terminal.slave.get(), &settings), 0);
  return settings;
}

TEST(RawTerminal, LetsEveryKeyThroughAndIsUndone) {
  const sys::Terminal terminal = NewTerminal(24, 80);
  const ReplacedStream input(STDIN_FILENO, terminal.slave.get());
  const termios before = SettingsOf(terminal);
  {
    const RawTerminal raw;
    EXPECT_EQ(SettingsOf(terminal).c_lflag & (ICANON | ECHO | ISIG), 0u);
  }
  EXPECT_EQ(SettingsOf(terminal).c_lflag, before.c_lflag);
  EXPECT_EQ(SettingsOf(terminal).c_iflag, before.c_iflag);
  EXPECT_EQ(SettingsOf(terminal).c_oflag, before.c_oflag);
}

TEST(LocalWindowSize, IsThatOfStdoutOrElseOfStdin) {
  const StreamPipe pipe;
  const sys::Terminal small = NewTerminal(24, 80);
  const sys::Terminal large = NewTerminal(50, 200);
  const ReplacedStream input(STDIN_FILENO, small.slave.get());
  {
    const ReplacedStream output(STDOUT_FILENO, large.slave.get());
    const std::optional<WindowSize> size = LocalWindowSize();
    ASSERT_TRUE(size.has_value());
    EXPECT_EQ(size->rows, 50);
    EXPECT_EQ(size->columns, 200);
  }
  const ReplacedStream output(STDOUT_FILENO, pipe.writer());
  const std::optional<WindowSize> size = LocalWindowSize();
  const ReplacedStream no_terminal(STDIN_FILENO, pipe.reader());
  const std::optional<WindowSize> none = LocalWindowSize();
  EXPECT_TRUE(size.has_value() && size->columns == 80);
  EXPECT_FALSE(none.has_value());
}

}  // namespace
}  // namespace berth::cli
