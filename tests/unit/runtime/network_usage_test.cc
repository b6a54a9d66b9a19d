// SPDX-License-Identifier: Apache-2.0
#include "runtime/network_usage.h"

#include <string>

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

constexpr char kHeader[] =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop "
    "fifo colls carrier compressed\n";
constexpr char kLo[] =
    "    lo: 7000000   70000    0    0    0     0          0         0  7000000   70000    0    0 "
    "   0     0       0          0\n";
constexpr char kEth0[] =
    "  eth0:    1016      12    1    2    3     4          5         6 18446744073709551615     11 "
    "   0    0    0     0       0          0\n";
constexpr char kNet1[] =
    "  net1:100 2 0 0 0 0 0 0 300 4 0 0 0 0 0 0\n"
    "  net2:   1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n";

TEST(ParseNetworkDevices, TakesEth0Alone) {
  const PodNetworkUsage usage = ParseNetworkDevices(std::string(kHeader) + kLo + kNet1 + kEth0);
  EXPECT_EQ(usage.receive_bytes, 1016u);
  EXPECT_EQ(usage.receive_packets, 12u);
  EXPECT_EQ(usage.transmit_bytes, 18446744073709551615u);
  EXPECT_EQ(usage.transmit_packets, 11u);
}

TEST(ParseNetworkDevices, HasEveryInterfaceWithEth0First) {
  const PodNetworkUsage usage = ParseNetworkDevices(std::string(kHeader) + kLo + kNet1 + kEth0);
  ASSERT_EQ(usage.interfaces.size(), 3u);
  const InterfaceUsage& eth0 = usage.interfaces[0];
  EXPECT_EQ(eth0.name, "eth0");
  EXPECT_EQ(eth0.receive_errors, 1u);
  EXPECT_EQ(eth0.receive_dropped, 2u);
  EXPECT_EQ(usage.interfaces[1].name, "net1");
  EXPECT_EQ(usage.interfaces[2].name, "net2");
  EXPECT_EQ(usage.interfaces[2].transmit_packets, 1u);
}

TEST(ParseNetworkDevices, SumsOthersWhenThereIsNoEth0) {
  const PodNetworkUsage usage = ParseNetworkDevices(std::string(kHeader) + kLo + kNet1);
  EXPECT_EQ(usage.receive_bytes, 101u);
  EXPECT_EQ(usage.receive_packets, 3u);
  EXPECT_EQ(usage.transmit_bytes, 301u);
  EXPECT_EQ(usage.transmit_packets, 5u);
}

TEST(ParseNetworkDevices, OfNothingIsNothing) {
  for (const char* text :
       {"", "\n", "eth0", "eth0:", "eth0: 1 2 3", "  eth0: a b c d e f g h 1 2 3"}) {
    const PodNetworkUsage usage = ParseNetworkDevices(text);
    EXPECT_EQ(usage.receive_bytes, 0u) << text;
    EXPECT_EQ(usage.transmit_packets, 0u) << text;
  }
}

}  // namespace
}  // namespace berth::runtime
