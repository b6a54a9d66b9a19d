// SPDX-License-Identifier: Apache-2.0
#include "base/sys/fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "gtest/gtest.h"

namespace berth::sys {
namespace {

int OpenNull() {
  return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool IsOpen(int fd) {
  return fcntl(fd, F_GETFD) >= 0;
}

TEST(Fd, ClosesWhatItOwns) {
  int number = OpenNull();
  { Fd fd(number); }
  EXPECT_FALSE(IsOpen(number));
}

TEST(Fd, OwnsNothingByDefault) {
  Fd fd;
  EXPECT_FALSE(fd.is_open());
  EXPECT_EQ(fd.get(), -1);
}

TEST(Fd, MovesOwnership) {
  int number = OpenNull();
  Fd first(number);
  Fd second(std::move(first));
  EXPECT_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move) the state after a move
  EXPECT_EQ(second.get(), number);
  EXPECT_TRUE(IsOpen(number));
}

TEST(Fd, ClosesWhatItHeldWhenAssigned) {
  int old_number = OpenNull();
  int new_number = OpenNull();
  Fd fd(old_number);
  fd = Fd(new_number);
  EXPECT_FALSE(IsOpen(old_number));
  EXPECT_TRUE(IsOpen(new_number));
  fd = Fd();
  EXPECT_FALSE(IsOpen(new_number));
}

TEST(Fd, SurvivesAssignmentToItself) {
  Fd fd(OpenNull());
  Fd& same = fd;
  fd = std::move(same);
  EXPECT_TRUE(fd.is_open());
  EXPECT_TRUE(IsOpen(fd.get()));
}

TEST(Fd, GivesUpOwnership) {
  Fd fd(OpenNull());
  int number = fd.Release();
  EXPECT_FALSE(fd.is_open());
  EXPECT_TRUE(IsOpen(number));
  close(number);
}

TEST(Fd, KeepsErrno) {
  Fd fd(OpenNull());
  errno = ENOENT;
  fd = Fd();
  EXPECT_EQ(errno, ENOENT);
}

}  // namespace
}  // namespace berth::sys
