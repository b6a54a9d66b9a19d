// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/ip_prefix.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

IpPrefix Prefix(absl::string_view text) {
  const std::optional<IpPrefix> prefix = ParseIpPrefix(text);
  EXPECT_TRUE(prefix.has_value()) << text;
  return prefix.value_or(IpPrefix());
}

TEST(IpPrefix, IsReadAndWritten) {
  EXPECT_EQ(Prefix("10.1.2.3/16").str(), "10.1.0.0/16");
  EXPECT_EQ(Prefix("0.0.0.0/0").str(), "0.0.0.0/0");
  EXPECT_EQ(Prefix("fd00:1::5/64").str(), "fd00:1::/64");
  EXPECT_EQ(Prefix("10.1.2.3/32").First().str(), "10.1.2.3");
  EXPECT_EQ(Prefix("10.1.2.0/24").First().str(), "10.1.2.1");
  EXPECT_EQ(Prefix("10.1.2.0/23").Last().str(), "10.1.3.255");
  for (const absl::string_view bad : {"", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
                                      "10.0.0/8", "fd00::/129", "10.0.0.0/8/8", "a/8"}) {
    EXPECT_FALSE(ParseIpPrefix(bad).has_value()) << bad;
  }
  EXPECT_FALSE(ParseIpAddress(absl::string_view("10.0.0.1\0x", 10)).has_value());
}

TEST(IpPrefix, ContainsAndOverlaps) {
  EXPECT_TRUE(Prefix("10.1.0.0/16").Contains(*ParseIpAddress("10.1.255.255")));
  EXPECT_FALSE(Prefix("10.1.0.0/16").Contains(*ParseIpAddress("10.2.0.0")));
  EXPECT_FALSE(Prefix("::/0").Contains(*ParseIpAddress("10.2.0.0")));
  EXPECT_TRUE(Prefix("10.0.0.0/8").Overlaps(Prefix("10.1.0.0/16")));
  EXPECT_TRUE(Prefix("10.1.0.0/16").Overlaps(Prefix("10.0.0.0/8")));
  EXPECT_FALSE(Prefix("10.1.0.0/16").Overlaps(Prefix("10.2.0.0/16")));
}

TEST(AddressPool, GivesTheFirstFreeNetwork) {
  const AddressPool pools[] = {*ParseAddressPool("172.18.0.0/16"),
                               *ParseAddressPool("172.20.0.0/15:16"),
                               *ParseAddressPool("192.168.0.0/24:25")};
  std::vector<IpPrefix> taken = {Prefix("172.18.4.0/24")};
  for (const char* expected : {"172.20.0.0/16", "172.21.0.0/16", "192.168.0.0/25"}) {
    const std::optional<IpPrefix> free = FirstFree(pools, taken);
    ASSERT_TRUE(free.has_value());
    EXPECT_EQ(free->str(), expected);
    taken.push_back(*free);
  }
  taken.push_back(Prefix("192.168.0.0/16"));
  EXPECT_FALSE(FirstFree(pools, taken).has_value());
  const AddressPool last[] = {*ParseAddressPool("255.255.255.0/24:25")};
  EXPECT_FALSE(FirstFree(last, {Prefix("255.255.255.0/24")}).has_value());
}

TEST(AddressPool, RefusesNonsense) {
  for (const char* bad :
       {"", "10.0.0.0", "10.0.0.0/8:4", "10.0.0.0/8:33", "10.0.0.0/8:x", "x:16"}) {
    EXPECT_FALSE(ParseAddressPool(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace berth::cri
