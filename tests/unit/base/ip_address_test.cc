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

}  // namespace
}  // namespace berth
