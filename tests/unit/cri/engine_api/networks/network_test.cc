// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network.h"

#include "gmock/gmock.h"

#include "tests/unit/cri/engine_api/networks/network_under_test.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

TEST(Network, ARecordIsReadAsItWasWritten) {
  Network network = MakeNetwork("front");
  network.subnets[0].range = ParseIpPrefix("172.18.1.0/24");
  network.subnets.push_back({*ParseIpPrefix("fd00::/64"), *ParseIpAddress("fd00::1"), {}});
  network.enable_ipv6 = network.internal = network.attachable = true;
  network.labels = {{"a", "b"}};
  network.options = {{kMtuOption, "1400"}};
  const Network read = ReadNetworkRecord(network.id, NetworkRecord(network));
  EXPECT_EQ(read.unreadable, "");
  EXPECT_EQ(NetworkRecord(read), NetworkRecord(network));
  EXPECT_EQ(read.subnets, network.subnets);
}

TEST(Network, OneThatCannotBeReadSaysWhyAndIsWhatIsKnown) {
  Network network = MakeNetwork("front");
  network.options = {{kBridgeNameOption, "eth0"}};
  network.subnets.push_back({*ParseIpPrefix("fd00::/64"), *ParseIpAddress("fd00::1"), {}});
  Json bad = NetworkRecord(network);
  bad["subnets"][0]["Subnet"] = "x";
  const Network read = ReadNetworkRecord(network.id, bad);
  EXPECT_THAT(read.unreadable, HasSubstr("subnets"));
  EXPECT_EQ(read.id, network.id);
  EXPECT_EQ(read.name, "front");
  EXPECT_EQ(read.subnets.size(), 1u);
  EXPECT_EQ(read.bridge(), "br-aaaaaaaaaaaa") << "no interface of somebody else's";
  EXPECT_THAT(ReadNetworkRecord("b", NetworkRecord(network)).unreadable, HasSubstr("id"));
  EXPECT_THAT(ReadNetworkRecord("b", absl::DataLossError("no JSON")).unreadable, "no JSON");
  EXPECT_TRUE(ReadNetworkRecord("b", Json::object()).is_bridge());
}

TEST(Network, OptionsSayWhatItIs) {
  Network network = MakeNetwork("front");
  EXPECT_EQ(network.bridge(), "br-aaaaaaaaaaaa");
  EXPECT_EQ(network.cni_name(), "engine-aaaaaaaaaaaa");
  EXPECT_TRUE(network.masquerades());
  EXPECT_TRUE(network.connects());
  EXPECT_FALSE(network.mtu().has_value());
  network.options = {{kBridgeNameOption, "mine"},
                     {kIccOption, "false"},
                     {kMasqueradeOption, "false"},
                     {kMtuOption, "9000"}};
  EXPECT_FALSE(network.connects());
  EXPECT_EQ(network.bridge(), "mine");
  EXPECT_FALSE(network.masquerades());
  EXPECT_EQ(network.mtu(), 9000);
  network.options.clear();
  network.internal = true;
  EXPECT_FALSE(network.masquerades());
  EXPECT_FALSE(network.predefined());
  EXPECT_TRUE(MakeNetwork(kHostNetwork).predefined());
}

TEST(Network, IsToldInDockersForm) {
  Network network = MakeNetwork("front");
  network.created_at = 1'700'000'000'000'000'001;
  const Json details = NetworkDetails(network, {{"c1", "web", "02:00", "172.18.0.2/16", ""}});
  EXPECT_EQ(details["Created"], "2023-11-14T22:13:20.000000001Z");
  EXPECT_EQ(details["IPAM"]["Config"],
            Json::array({{{"Subnet", "172.18.0.0/16"}, {"Gateway", "172.18.0.1"}}}));
  EXPECT_EQ(details["Containers"]["c1"]["Name"], "web");
  EXPECT_EQ(details["Containers"]["c1"]["IPv4Address"], "172.18.0.2/16");
  EXPECT_EQ(NetworkSummary(network)["Containers"], Json::object());
}

TEST(Network, IsTheBridgeWhereNoModeIsSaid) {
  EXPECT_EQ(NetworkOfMode(""), "bridge");
  EXPECT_EQ(NetworkOfMode("default"), "bridge");
  EXPECT_EQ(NetworkOfMode("container:web"), "container:web");
}

}  // namespace
}  // namespace berth::cri
