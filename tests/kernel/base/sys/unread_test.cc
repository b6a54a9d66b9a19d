// SPDX-License-Identifier: Apache-2.0
#include "base/sys/unread.h"

#include <sys/socket.h>
#include <unistd.h>

#include "gtest/gtest.h"

#include "base/sys/socket.h"

namespace berth::sys {
namespace {

TEST(Unread, AllOfItMustHaveBeenRead) {
  const SocketPair pair = *MakeSocketPair(SOCK_STREAM);
  EXPECT_FALSE(*HasUnread(pair.first.get()));
  ASSERT_EQ(send(pair.first.get(), "head", 4, 0), 4);
  EXPECT_TRUE(*HasUnread(pair.first.get()));
  char bytes[4];
  ASSERT_EQ(read(pair.second.get(), bytes, 3), 3);
  EXPECT_TRUE(*HasUnread(pair.first.get()));
  ASSERT_EQ(read(pair.second.get(), bytes, 1), 1);
  EXPECT_FALSE(*HasUnread(pair.first.get()));
  EXPECT_FALSE(*HasUnread(pair.second.get()));
}

}  // namespace
}  // namespace berth::sys
