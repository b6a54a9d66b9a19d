// SPDX-License-Identifier: Apache-2.0
#include "base/sys/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace berth::sys {
namespace {

TEST(Pipe, CarriesBytesAndIsCloseOnExec) {
  ErrnoOr<Pipe> pipe = MakePipe();
  ASSERT_TRUE(pipe.ok());
  EXPECT_EQ(fcntl(pipe->reader.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(fcntl(pipe->writer.get(), F_GETFD), FD_CLOEXEC);
  ASSERT_EQ(write(pipe->writer.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(pipe->reader.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
}

TEST(SetNonBlocking, LetsAReadReturnAtOnce) {
  ErrnoOr<Pipe> pipe = MakePipe();
  ASSERT_TRUE(pipe.ok());
  ASSERT_TRUE(SetNonBlocking(pipe->reader.get()).ok());
  char byte = 0;
  EXPECT_EQ(read(pipe->reader.get(), &byte, 1), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST(SetNonBlocking, TellsWhichCallFailed) {
  Result set = SetNonBlocking(-1);
  ASSERT_FALSE(set.ok());
  EXPECT_EQ(set.error().code, EBADF);
}

}  // namespace
}  // namespace berth::sys
