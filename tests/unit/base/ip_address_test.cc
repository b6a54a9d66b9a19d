// SPDX-License-Identifier: Apache-2.0
#include "base/ip_address.h"

#include <string>

#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(IsIpAddress, TakesNumbersOnly) {
  for (const char* good : {"127.0.0.1", "0.0.0.0", "::", "::1", "fe80::1"}) {
    EXPECT_TRUE(IsIpAddress(good)) << good;
  }
  for (const char* bad : {"", "localhost", "1.2.3", "1;rm -rf", "[::1]", "1.2.3.4/8", "80:80"}) {
    EXPECT_FALSE(IsIpAddress(bad)) << bad;
  }
  EXPECT_FALSE(IsIpAddress(std::string("1.2.3.4\0x", 9)));
}

TEST(IsLoopbackAddress, TakesAllFormsOfIt) {
  for (const char* loopback :
       {"127.0.0.1", "127.0.0.53", "::1", "0:0:0:0:0:0:0:1", "::1%lo", "::ffff:127.0.0.53"}) {
    EXPECT_TRUE(IsLoopbackAddress(loopback)) << loopback;
  }
  for (const char* other : {"", "localhost", "128.0.0.1", "::", "fe80::1%lo", "::ffff:10.0.0.1",
                            "127.0.0.1%lo", "::127.0.0.1"}) {
    EXPECT_FALSE(IsLoopbackAddress(other)) << other;
  }
}

}  // namespace
}  // namespace berth
