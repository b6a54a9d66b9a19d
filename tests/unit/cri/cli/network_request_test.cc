// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/network_request.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

TEST(NetworkRequest, GivesEachSubnetWhatIsIts) {
  NetworkCreation creation;
  creation.name = "n";
  creation.subnets = {"10.5.0.0/16", "fd00::/64"};
  creation.gateways = {"fd00::1", "10.5.0.1"};
  creation.labels = {"a=b"};
  creation.internal = true;
  const absl::StatusOr<berth::Json> body = NetworkRequestOf(creation);
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(FormatJson((*body)["IPAM"]),
            R"({"Config":[{"Gateway":"10.5.0.1","Subnet":"10.5.0.0/16"},)"
            R"({"Gateway":"fd00::1","Subnet":"fd00::/64"}]})");
  EXPECT_EQ((*body)["Internal"], true);
  EXPECT_EQ((*body)["Labels"]["a"], "b");
  creation.gateways.push_back("10.5.0.2");
  EXPECT_EQ(NetworkRequestOf(creation).status().message(),
            "no matching subnet for gateway 10.5.0.2");
}

TEST(ParseNetworkChoice, TakesANameOrFields) {
  EXPECT_EQ(ParseNetworkChoice("container:web")->name, "container:web");
  const NetworkChoice choice =
      ParseNetworkChoice("name=shop,alias=a,alias=b,ip=10.5.0.9,gw-priority=-1,mac-address=02:00")
          .value_or(NetworkChoice());
  EXPECT_EQ(choice.name, "shop");
  EXPECT_EQ(choice.endpoint,
            (EndpointOptions{
                .aliases = {"a", "b"}, .ip = "10.5.0.9", .mac = "02:00", .gateway_priority = -1}));
  for (const char* bad : {"alias=a", "name=", "name=a,colour=red", "name=a,gw-priority=x"}) {
    EXPECT_FALSE(ParseNetworkChoice(bad).ok()) << bad;
  }
}

TEST(EndpointRequest, SaysOnlyWhatWasSaid) {
  EXPECT_EQ(FormatJson(EndpointRequestOf({})), "{}");
  EXPECT_EQ(FormatJson(EndpointRequestOf({.aliases = {"db"}, .ip = "10.5.0.9"})),
            R"({"Aliases":["db"],"IPAMConfig":{"IPv4Address":"10.5.0.9"}})");
  EXPECT_EQ(FormatJson(EndpointRequestOf({.gateway_priority = -1})), R"({"GwPriority":-1})");
}

}  // namespace
}  // namespace berth::cli
