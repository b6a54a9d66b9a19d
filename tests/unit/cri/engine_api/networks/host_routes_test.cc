// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/host_routes.h"

#include "gmock/gmock.h"

namespace berth::cri {
namespace {

TEST(HostRoutes, AreReadWithoutTheDefaultAndOnesOwn) {
  std::vector<std::string> routes;
  for (const IpPrefix& route :
       ParseRoutes("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n"
                   "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                   "eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
                   "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
                   "mine0\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
                   "broken\tx\n",
                   "mine0")) {
    routes.push_back(route.str());
  }
  EXPECT_THAT(routes, ::testing::ElementsAre("192.168.0.0/24", "172.17.0.0/16"));
  for (const IpPrefix& route : ReadRoutes("lo")) {
    EXPECT_GT(route.length, 0);
  }
}

}  // namespace
}  // namespace berth::cri
