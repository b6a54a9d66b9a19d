// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_settings.h"

#include "gmock/gmock.h"

#include "tests/unit/cri/engine_api/networks/network_under_test.h"

namespace berth::cri {
namespace {

TEST(NetworkSettings, TellWhereAContainerIs) {
  const Network front = MakeNetwork("front");
  ContainerNetworking networking;
  networking.container_id = "c1";
  networking.endpoints = {{.network = front.id, .aliases = {"web"}}, {.network = "removed"}};
  networking.exposed = {"80/tcp", "81/tcp"};
  networking.gateway = front.id;
  const std::map<std::string, Network> networks = {{front.id, front}};
  LiveNetworking live;
  live.pod_id = "pod";
  live.ports = {{80, "tcp", "", 8080}, {80, "tcp", "127.0.0.1", 8081}, {80, "tcp", "::", 8082}};
  live.interfaces = {
      {front.cni_name(), "eth0", "02:00", {"172.18.0.2/16", "fd00::2/64"}, {"172.18.0.1", ""}}};
  const Json settings = NetworkSettings(networking, networks, &live);
  EXPECT_EQ(settings["Networks"].size(), 1u);
  const Json& there = settings["Networks"]["front"];
  EXPECT_EQ(there["IPAddress"], "172.18.0.2");
  EXPECT_EQ(there["IPPrefixLen"], 16);
  EXPECT_EQ(there["Gateway"], "172.18.0.1");
  EXPECT_EQ(there["GlobalIPv6Address"], "fd00::2");
  EXPECT_EQ(there["MacAddress"], "02:00");
  EXPECT_EQ(there["Aliases"], Json::array({"web"}));
  EXPECT_EQ(settings["IPAddress"], "");  // of the default network only
  EXPECT_EQ(settings["Ports"]["80/tcp"], *ParseJson(R"([{"HostIp":"0.0.0.0","HostPort":"8080"},
                           {"HostIp":"::","HostPort":"8080"},
                           {"HostIp":"127.0.0.1","HostPort":"8081"},
                           {"HostIp":"::","HostPort":"8082"}])",
                                                    1000));
  EXPECT_EQ(settings["Ports"]["81/tcp"], nullptr);
  EXPECT_EQ(PortList(networking, networks, &live).size(), 5u);
  EXPECT_EQ(PortList(networking, networks, &live)[1]["IP"], "::");
  live.interfaces[0].addresses.pop_back();  // without IPv6 none leads to it from there
  EXPECT_EQ(NetworkSettings(networking, networks, &live)["Ports"]["80/tcp"].size(), 2u);
  EXPECT_EQ(PortList(networking, networks, &live)[1]["IP"], "127.0.0.1");
  networking.gateway.clear();  // in internal networks only
  EXPECT_EQ(NetworkSettings(networking, networks, &live)["Ports"], Json::object());
  EXPECT_EQ(PortList(networking, networks, &live), Json::array());
  const Json stopped = NetworkSettings(networking, networks, nullptr);
  EXPECT_EQ(stopped["Networks"]["front"]["IPAddress"], "");
  EXPECT_EQ(stopped["Ports"], Json::object());
  EXPECT_EQ(PortList(networking, networks, nullptr), Json::array());
}

TEST(NetworkSettings, NamesByWhichOthersFindAContainer) {
  const Network front = MakeNetwork("front");
  Network bridge = MakeNetwork("x");
  bridge.id = std::string(64, 'b');
  bridge.name = kBridgeNetwork;
  ContainerNetworking networking;
  networking.container_id = std::string(64, 'c');
  networking.name = "web-1";
  networking.hostname = "web";
  networking.endpoints = {{.network = front.id, .aliases = {"web", "www"}}, {.network = bridge.id}};
  Json settings = NetworkSettings(networking, {{front.id, front}, {bridge.id, bridge}}, nullptr);
  const Json& networks = settings["Networks"];
  EXPECT_EQ(networks["front"]["DNSNames"], Json::array({"web-1", "web", "www", "cccccccccccc"}));
  EXPECT_EQ(networks["front"]["Aliases"], Json::array({"web", "www"}));
  EXPECT_EQ(networks["bridge"]["DNSNames"], nullptr);
  AddIdsToAliases(networking.container_id, "host", settings);
  EXPECT_EQ(networks["front"]["Aliases"], Json::array({"web", "www", "cccccccccccc", "host"}));
  EXPECT_EQ(networks["bridge"]["Aliases"], nullptr);
}

}  // namespace
}  // namespace berth::cri
