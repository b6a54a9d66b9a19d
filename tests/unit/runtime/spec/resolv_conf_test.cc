// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/resolv_conf.h"

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(ResolvConf, ServersOfTheLoopbackGo) {
  EXPECT_EQ(WithoutLoopbackServers("# x\nsearch lan\nnameserver 127.0.0.53\nnameserver\t10.0.0.2\n"
                                   "nameserver ::1\noptions edns0\n"),
            "# x\nsearch lan\nnameserver\t10.0.0.2\noptions edns0\n");
  EXPECT_EQ(WithoutLoopbackServers("nameserver 1.2.3.4"), "nameserver 1.2.3.4");
  EXPECT_EQ(WithoutLoopbackServers(""), "");
}

TEST(ResolvConf, KnowsWhetherThereIsAServer) {
  EXPECT_TRUE(HasNameserver("options x\n nameserver  ::2\n"));
  EXPECT_FALSE(HasNameserver("search nameserver\nnameserver\n#nameserver 1.2.3.4\n"));
}

}  // namespace
}  // namespace berth::runtime
