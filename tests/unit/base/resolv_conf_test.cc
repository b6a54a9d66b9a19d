// SPDX-License-Identifier: Apache-2.0
#include "base/resolv_conf.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ResolvConf, SaysWhatResolversRead) {
  const ResolvConf read = ParseResolvConf(
      "# no\nsearch a b\nnameserver 10.0.0.1\r\n nameserver\t fd00::1 x\n"
      "nameserver none\noptions edns0\tndots:2\n"
      "domain lan\nsearch\noptions timeout:1\n#nameserver 1.2.3.4\nnameserver\n");
  EXPECT_THAT(read.servers, ElementsAre("10.0.0.1", "fd00::1", "none"));
  EXPECT_THAT(read.searches, ElementsAre("lan"));
  EXPECT_THAT(read.options, ElementsAre("edns0", "ndots:2", "timeout:1"));
  EXPECT_THAT(ParseResolvConf("search nameserver\n").servers, IsEmpty());
}

TEST(ResolvConf, ServersOfTheLoopbackGo) {
  EXPECT_EQ(WithoutLoopbackServers("# x\nsearch lan\nnameserver 127.0.0.53\nnameserver\t10.0.0.2\n"
                                   "nameserver ::1%lo\noptions edns0\n"),
            "# x\nsearch lan\nnameserver\t10.0.0.2\noptions edns0\n");
  EXPECT_EQ(WithoutLoopbackServers("nameserver 1.2.3.4"), "nameserver 1.2.3.4");
  EXPECT_EQ(WithoutLoopbackServers(""), "");
}

}  // namespace
}  // namespace berth
