// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/local_streams.h"

#include <unistd.h>

#include <thread>

#include "gtest/gtest.h"

#include "base/sys/pipe.h"
#include "tests/unit/cri/cli/replaced_stream.h"

namespace berth::cli {
namespace {

TEST(LocalStreams, InputIsReadInPiecesUntilItsEnd) {
  StreamPipe pipe;
  const ReplacedStream input(STDIN_FILENO, pipe.reader());
  ASSERT_TRUE(sys::SetNonBlocking(pipe.reader()).ok());
  std::thread writer([&] {
    EXPECT_EQ(write(pipe.writer(), "typed", 5), 5);
    pipe.CloseWriter();
  });
  EXPECT_EQ(ReadInput(), "typed");
  writer.join();
  EXPECT_EQ(ReadInput(), "");
}

TEST(LocalStreams, AllIsWrittenWhereAPipeIsFull) {
  StreamPipe pipe;
  ASSERT_TRUE(sys::SetNonBlocking(pipe.writer()).ok());
  const std::string text(1 << 20, 'x');
  std::thread writer([&] {
    WriteOut(pipe.writer(), text);
    pipe.CloseWriter();
  });
  size_t size = 0;
  char piece[4096];
  for (ssize_t n = 0; (n = read(pipe.reader(), piece, sizeof(piece))) > 0;) {
    size += static_cast<size_t>(n);
  }
  writer.join();
  EXPECT_EQ(size, text.size());
}

}  // namespace
}  // namespace berth::cli
