// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/gateway.h"

#include "gmock/gmock.h"

namespace berth::cri {
namespace {

TEST(Gateway, IsTheFirstByPriorityAndName) {
  std::map<std::string, Network> networks;
  for (const char* name : {"a", "b", "c"}) {
    networks[name].name = name;
  }
  EXPECT_EQ(ChooseGateway({{.network = "c"}, {.network = "b"}}, networks), "b");
  EXPECT_EQ(ChooseGateway({{.network = "b"}, {.network = "c", .gateway_priority = 1}}, networks),
            "c");
  networks["b"].internal = true;
  EXPECT_EQ(ChooseGateway({{.network = "c"}, {.network = "b"}}, networks), "c");
  EXPECT_EQ(ChooseGateway({{.network = "b"}, {.network = "removed"}}, networks), "");
}

TEST(Gateway, ServersInsideAreThoseOfTheContainersNetworks) {
  std::map<std::string, Network> networks;
  networks["a"].subnets = {{*ParseIpPrefix("10.1.0.0/24"), {}, {}},
                           {*ParseIpPrefix("fd00:1::/64"), {}, {}}};
  networks["b"].subnets = {{*ParseIpPrefix("10.2.0.0/24"), {}, {}}};
  const std::vector<std::string> servers = {"8.8.8.8", "10.1.0.5", "fd00:1::5", "10.2.0.5", "x"};
  EXPECT_THAT(ServersInside(servers, {{.network = "a"}, {.network = "removed"}}, networks),
              testing::ElementsAre("10.1.0.5", "fd00:1::5"));
  EXPECT_THAT(ServersInside(servers, {}, networks), testing::IsEmpty());
}

}  // namespace
}  // namespace berth::cri
