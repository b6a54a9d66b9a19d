// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/conflist.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "base/json.h"
#include "tests/unit/cri/engine_api/networks/network_under_test.h"

namespace berth::cri {
namespace {

Json Make(const Network& network, const EndpointPlan& plan) {
  return *ParseJson(MakeConflist(network, plan, "/leases"), 1 << 20);
}

TEST(Conflist, IsABridgeWithAWayOut) {
  EndpointPlan plan;
  plan.default_route = plan.publishes_ports = true;
  const Json list = Make(MakeNetwork("front"), plan);
  EXPECT_EQ(list["name"], "engine-aaaaaaaaaaaa");
  ASSERT_EQ(list["plugins"].size(), 3u);
  const Json& bridge = list["plugins"][0];
  EXPECT_EQ(bridge["bridge"], "br-aaaaaaaaaaaa");
  EXPECT_TRUE(bridge["isGateway"] && bridge["isDefaultGateway"] && bridge["ipMasq"]);
  EXPECT_EQ(bridge["ipam"]["dataDir"], "/leases");
  EXPECT_EQ(bridge["ipam"]["ranges"],
            *ParseJson(R"([[{"subnet":"172.18.0.0/16","gateway":"172.18.0.1"}]])", 1000));
  EXPECT_FALSE(bridge.contains("args"));
  EXPECT_EQ(list["plugins"][1]["type"], "portmap");
  EXPECT_EQ(list["plugins"][2]["ingressPolicy"], "same-bridge");
}

TEST(Conflist, GivesWhatIsAskedFor) {
  Network network = MakeNetwork("front");
  network.subnets[0].range = ParseIpPrefix("172.18.0.0/24");
  EndpointPlan plan;
  Json range = Make(network, plan)["plugins"][0]["ipam"]["ranges"][0][0];
  EXPECT_EQ(range["rangeStart"], "172.18.0.1");
  EXPECT_EQ(range["rangeEnd"], "172.18.0.255");
  plan.ipv4 = ParseIpAddress("172.18.5.5");
  plan.mac = "02:42:00:00:00:01";
  const Json list = Make(network, plan);
  range = list["plugins"][0]["ipam"]["ranges"][0][0];
  EXPECT_FALSE(range.contains("rangeStart"));
  EXPECT_EQ(list["plugins"][0]["args"]["cni"],
            Json({{"ips", {"172.18.5.5"}}, {"mac", "02:42:00:00:00:01"}}));
  EXPECT_EQ(list["plugins"].size(), 2u);
  EXPECT_FALSE(list["plugins"][0]["isDefaultGateway"]);
}

TEST(PluginRefusal, OfAFullNetworkIsDockers) {
  const Network network = MakeNetwork("front");
  const std::string head =
      "network engine-aaaaaaaaaaaa: plugin bridge: code 999: failed to allocate "
      "for range 0: no IP addresses available in range set: ";
  const auto told = [&](const std::string& text) {
    return std::string(PluginRefusal(absl::InternalError(text), {network}).message());
  };
  EXPECT_EQ(told(head + "172.18.0.1-172.18.0.2"),
            absl::StrCat("no available IPv4 addresses on this network's address pools: front (",
                         network.id, ")"));
  EXPECT_THAT(told(head + "172.18.0.1-172.18.0.2; undo: plugin bridge: gone"),
              testing::HasSubstr("available IPv4 addresses"));
  EXPECT_THAT(told(head + "fd00:5::1-fd00:5::2"), testing::HasSubstr("available IPv6 addresses"));
  const std::string other = "network engine-aaaaaaaaaaaa: plugin bridge: code 999: no such bridge";
  EXPECT_EQ(told(other), other);
  const std::string pods =
      "network berth: no IP addresses available in range set: 10.0.0.1-10.0.0.9";
  EXPECT_EQ(told(pods), pods);
}

TEST(Conflist, ThereIsNoIpv6ForWhoDoesWithout) {
  Network network = MakeNetwork("front");
  network.enable_ipv6 = true;
  network.subnets.push_back({*ParseIpPrefix("fd00:5::/64"), *ParseIpAddress("fd00:5::1"), {}});
  EndpointPlan plan;
  plan.ipv4 = ParseIpAddress("172.18.5.5");
  plan.ipv6 = ParseIpAddress("fd00:5::5");
  Json bridge = Make(network, plan)["plugins"][0];
  EXPECT_EQ(bridge["ipam"]["ranges"].size(), 2u);
  EXPECT_EQ(bridge["args"]["cni"]["ips"], Json({"172.18.5.5", "fd00:5::5"}));
  plan.without_ipv6 = true;
  bridge = Make(network, plan)["plugins"][0];
  ASSERT_EQ(bridge["ipam"]["ranges"].size(), 1u);
  EXPECT_EQ(bridge["ipam"]["ranges"][0][0]["subnet"], "172.18.0.0/16");
  EXPECT_EQ(bridge["args"]["cni"]["ips"], Json::array({"172.18.5.5"}));
}

TEST(Conflist, AnInternalNetworkHasNoWayOut) {
  Network network = MakeNetwork("back");
  network.internal = true;
  EndpointPlan plan;
  plan.default_route = plan.publishes_ports = true;
  const Json list = Make(network, plan);
  EXPECT_FALSE(list["plugins"][0]["isDefaultGateway"]);
  EXPECT_FALSE(list["plugins"][0]["ipMasq"]);
  EXPECT_EQ(list["plugins"].size(), 2u);
}

}  // namespace
}  // namespace berth::cri
