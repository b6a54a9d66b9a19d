// SPDX-License-Identifier: Apache-2.0
#include "base/sys/bridge.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "gtest/gtest.h"

#include "base/sys/fd.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::sys {
namespace {

using test::ErrnoIs;
using test::IsOk;

KERNEL_TEST(Bridge, IsRemovedOnce) {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(ioctl(socket.get(), SIOCBRADDBR, "br-test"), 0);
  ASSERT_NE(if_nametoindex("br-test"), 0u);
  EXPECT_THAT(RemoveBridge("br-test"), IsOk());
  EXPECT_EQ(if_nametoindex("br-test"), 0u);
  EXPECT_THAT(RemoveBridge("br-test"), IsOk());
}

KERNEL_TEST(Bridge, IsMadeOnce) {
  EXPECT_THAT(EnsureBridge("br-test"), IsOk());
  const unsigned index = if_nametoindex("br-test");
  EXPECT_NE(index, 0u);
  EXPECT_THAT(EnsureBridge("br-test"), IsOk());
  EXPECT_EQ(if_nametoindex("br-test"), index);
  EXPECT_THAT(EnsureBridge("a-name-that-is-too-long"), ErrnoIs(EINVAL));
  EXPECT_THAT(RemoveBridge("br-test"), IsOk());
}

KERNEL_TEST(Bridge, NothingElseIs) {
  EXPECT_FALSE(RemoveBridge("lo").ok());
  ifreq request = {};
  std::strcpy(request.ifr_name, "lo");
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(ioctl(socket.get(), SIOCGIFFLAGS, &request), 0);
  EXPECT_TRUE(request.ifr_flags & IFF_UP);
  EXPECT_THAT(RemoveBridge(""), ErrnoIs(EINVAL));
  EXPECT_THAT(RemoveBridge("a-name-that-is-too-long"), ErrnoIs(EINVAL));
}

}  // namespace
}  // namespace berth::sys
