// SPDX-License-Identifier: Apache-2.0
#include "cri/given_sockets.h"

#include <sys/socket.h>
#include <unistd.h>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

sys::Fd NewSocket() {
  return sys::Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

TEST(GivenSockets, CountsThoseThatAreOpen) {
  GivenSockets sockets;
  EXPECT_FALSE(sockets.HasRoom(0));
  EXPECT_TRUE(sockets.HasRoom(2));
  ASSERT_OK_AND_ASSIGN(const int first, sockets.Give(NewSocket()));
  ASSERT_OK_AND_ASSIGN(const int second, sockets.Give(NewSocket()));
  EXPECT_FALSE(sockets.HasRoom(2));
  EXPECT_TRUE(sockets.HasRoom(3));
  close(first);
  EXPECT_TRUE(sockets.HasRoom(2));
  EXPECT_FALSE(sockets.HasRoom(1));
  close(second);
  EXPECT_TRUE(sockets.HasRoom(1));
}

TEST(GivenSockets, ANumberThatIsUsedAgainIsAnotherSocket) {
  GivenSockets sockets;
  ASSERT_OK_AND_ASSIGN(const int first, sockets.Give(NewSocket()));
  sys::Fd other = NewSocket();
  ASSERT_EQ(dup2(other.get(), first), first);  // the given one is closed by it
  EXPECT_TRUE(sockets.HasRoom(1));
  close(first);
}

}  // namespace
}  // namespace berth::cri
