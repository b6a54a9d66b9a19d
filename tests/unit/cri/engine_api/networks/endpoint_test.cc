// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/endpoint.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "cri/engine_api/networks/network.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<ContainerNetworking> Read(const std::string& text) {
  return ReadContainerNetworking(*ParseJson(text, 1 << 20));
}

TEST(Endpoint, TheModesNetworkComesFirst) {
  const auto read = Read(R"({"HostConfig":{"NetworkMode":"front"},"MacAddress":"02:42:00:00:00:01",
    "NetworkingConfig":{"EndpointsConfig":{"back":{"Aliases":["db"]},
    "front":{"IPAMConfig":{"IPv4Address":"10.0.0.5"}}}}})");
  ASSERT_THAT(read, IsOk());
  ASSERT_EQ(read->endpoints.size(), 2u);
  EXPECT_EQ(read->endpoints[0].network, "front");
  EXPECT_EQ(read->endpoints[0].ipv4->str(), "10.0.0.5");
  EXPECT_EQ(read->endpoints[0].mac, "02:42:00:00:00:01");
  EXPECT_THAT(read->endpoints[1].aliases, ElementsAre("db"));
  for (const char* text : {"{}", R"({"HostConfig":{"NetworkMode":"default"},
       "NetworkingConfig":{"EndpointsConfig":{"default":{}}}})"}) {
    const auto usual = Read(text);
    ASSERT_THAT(usual, IsOk());
    ASSERT_EQ(usual->endpoints.size(), 1u);
    EXPECT_EQ(usual->endpoints[0].network, "bridge");
  }
  EXPECT_EQ(Read(R"({"HostConfig":{"NetworkMode":"host"}})")->kind, NetworkKind::kHost);
  EXPECT_EQ(Read(R"({"HostConfig":{"NetworkMode":"none"}})")->kind, NetworkKind::kNone);
  EXPECT_EQ(Read(R"({"HostConfig":{"NetworkMode":"container:abc"}})")->joined, "abc");
}

TEST(Endpoint, WhatIsNotThereIsRefused) {
  const auto refused = [](const char* name) {
    return StatusIs(absl::StatusCode::kUnimplemented, HasSubstr(name));
  };
  EXPECT_THAT(ReadEndpoint("front", {{"DriverOpts", {{"a", "b"}}}}), refused("driver options"));
  EXPECT_THAT(ReadEndpoint("front", {{"IPAMConfig", {{"LinkLocalIPs", {"169.254.1.1"}}}}}),
              refused("link-local"));
  EXPECT_THAT(ReadEndpoint("front", {{"DriverOpts", nullptr}, {"IPAMConfig", nullptr}}), IsOk());
}

TEST(Endpoint, PortsOfAllForms) {
  const auto read = Read(R"({"ExposedPorts":{"80/tcp":{},"53/udp":{},"99":{}},
    "HostConfig":{"PublishAllPorts":true,"PortBindings":{"80/tcp":[{"HostPort":"8080"},
    {"HostIp":"127.0.0.1","HostPort":"8000-8010"},{"HostIp":"0.0.0.0","HostPort":""},
    {"HostIp":"::","HostPort":"8080"}]}}})");
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(read->exposed, ElementsAre("53/udp", "80/tcp", "99/tcp"));
  EXPECT_THAT(
      read->ports,
      ElementsAre(PortRequest{80, "tcp", "", 8080, 8080},
                  PortRequest{80, "tcp", "127.0.0.1", 8000, 8010},
                  PortRequest{80, "tcp", "0.0.0.0", 0, 0}, PortRequest{80, "tcp", "::", 8080, 8080},
                  PortRequest{53, "udp", "", 0, 0}, PortRequest{99, "tcp", "", 0, 0}));
}

TEST(Endpoint, IsWithoutIpv6WhereTheSysctlsAre) {
  const struct {
    const char* sysctls;
    bool without;
  } kCases[] = {
      {R"({"net.ipv6.conf.all.disable_ipv6":"1"})", true},
      {R"({"net/ipv6/conf/lo/disable_ipv6":"1"})", true},
      {R"({"net.ipv6.conf.all.disable_ipv6":"0"})", false},
      {R"({"net.ipv6.conf.eth1.disable_ipv6":"1"})", false},
      {R"({"net.ipv6.conf.all.disable_ipv6":"x","net.ipv4.ip_forward":"1"})", false},
      {"{}", false},
  };
  for (const auto& each : kCases) {
    const auto read = Read(absl::StrCat(R"({"HostConfig":{"Sysctls":)", each.sysctls, "}}"));
    ASSERT_THAT(read, IsOk()) << each.sysctls;
    EXPECT_EQ(read->without_ipv6, each.without) << each.sysctls;
    EXPECT_EQ(ReadNetworkingRecord("", NetworkingRecord(*read)).without_ipv6, each.without);
  }
}

TEST(Endpoint, ARecordIsReadAsItWasWritten) {
  auto read =
      Read(R"({"Hostname":"h","ExposedPorts":{"80/tcp":{}},"HostConfig":{"NetworkMode":"front",
    "Dns":["10.0.0.1"],"DnsSearch":["a"],"DnsOptions":["b"],"PortBindings":{"81/udp":[{"HostPort":"1"}]}},
    "NetworkingConfig":{"EndpointsConfig":{"front":{"Aliases":["x"],"IPAMConfig":{"IPv6Address":"fd00::2"}}}}})");
  ASSERT_THAT(read, IsOk());
  read->container_id = "c1";
  read->name = "web";
  const Json record = NetworkingRecord(*read);
  const ContainerNetworking again = ReadNetworkingRecord("c1", record);
  EXPECT_EQ(again.unreadable, "");
  EXPECT_EQ(NetworkingRecord(again), record);
  EXPECT_EQ(again.endpoints, read->endpoints);
  EXPECT_EQ(again.ports, read->ports);
}

TEST(Endpoint, ARecordThatIsNoneSaysWhyAndKeepsWhatIsKnown) {
  ContainerNetworking networking;
  networking.container_id = "c1";
  networking.endpoints = {{.network = "n1", .ipv4 = ParseIpAddress("10.0.0.2")}};
  networking.ports = {{80, "tcp", "", 8080, 8080}};
  const Json good = NetworkingRecord(networking);
  const auto with = [&good](const char* pointer, const Json& value) {
    Json changed = good;
    changed[Json::json_pointer(pointer)] = value;
    return changed;
  };
  const struct {
    const char* pointer;
    Json value;
    const char* why;
  } kCases[] = {{"/container", "c2", "container"},
                {"/kind", 9, "kind"},
                {"/name", 4, "name"},
                {"/endpoints/0/ipv4", "10.0", "IPv4"},
                {"/ports/0/port", 70000, "ports.port"}};
  for (const auto& each : kCases) {
    const ContainerNetworking read = ReadNetworkingRecord("c1", with(each.pointer, each.value));
    EXPECT_THAT(read.unreadable, HasSubstr(each.why));
    EXPECT_EQ(read.container_id, "c1");
    EXPECT_EQ(read.endpoints.at(0).network, "n1") << each.why;
  }
  EXPECT_EQ(ReadNetworkingRecord("c1", absl::DataLossError("no JSON")).unreadable, "no JSON");
}

TEST(Endpoint, RefusesWhatCannotBe) {
  const struct {
    const char* text;
    const char* words;
  } kCases[] = {
      {R"({"HostConfig":{"PortBindings":{"0/tcp":[]}}})", "invalid port"},
      {R"({"HostConfig":{"PortBindings":{"80/x":[]}}})", "invalid port"},
      {R"({"HostConfig":{"PortBindings":{"80":[{"HostPort":"9-8"}]}}})", "invalid port"},
      {R"({"HostConfig":{"PortBindings":{"80":[{"HostPort":"70000"}]}}})", "invalid port"},
      {R"({"HostConfig":{"PortBindings":{"80":[{"HostIp":"x"}]}}})", "invalid IP address: x"},
      {R"({"HostConfig":{"PortBindings":{"80":[1]}}})", "PortBindings must be"},
      {R"({"HostConfig":{"PortBindings":[]}})", "HostConfig.PortBindings must be"},
      {R"({"HostConfig":{"NetworkMode":"container:a","PortBindings":{"80":[{}]}}})",
       "port publishing"},
      {R"({"Hostname":"h","HostConfig":{"NetworkMode":"container:a"}})",
       "hostname and the network mode"},
      {R"({"HostConfig":{"NetworkMode":"none"},
           "NetworkingConfig":{"EndpointsConfig":{"none":{"IPAMConfig":{"IPv4Address":"1.2.3.4"}}}}})",
       "invalid config for network none: user specified IP address"},
      {R"({"HostConfig":{"NetworkMode":"host"},
           "NetworkingConfig":{"EndpointsConfig":{"host":{"IPAMConfig":{"IPv6Address":"fd00::1"}}}}})",
       "invalid config for network host: user specified IP address"},
      {R"({"HostConfig":{"Dns":["x"]}})", "invalid DNS server"},
      {R"({"MacAddress":"zz"})", "invalid MAC address"},
      {R"({"MacAddress":"01:00:00:00:00:01"})", "invalid MAC address"},  // of a group
      {R"({"NetworkingConfig":{"EndpointsConfig":{"a":{"IPAMConfig":{"IPv4Address":"fd00::1"}}}}})",
       "invalid IPv4"},
      {R"({"NetworkingConfig":{"EndpointsConfig":{"a":{"Aliases":[1]}}}})", "Aliases"},
      {R"({"NetworkingConfig":{"EndpointsConfig":{"a":1}}})", "EndpointsConfig.a must be"},
  };
  for (const auto& [text, words] : kCases) {
    EXPECT_THAT(Read(text), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(words))) << text;
  }
  EXPECT_THAT(Read(R"({"HostConfig":{"PortBindings":{"80":[{"HostIp":"::1"}]}}})"),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("[::1]")));
}

TEST(ContainerNetworking, HasNoNetworkBesideTheHostsOrNone) {
  const auto both = [](const char* mode, const char* other) {
    return Read(absl::StrCat(R"({"HostConfig":{"NetworkMode":")", mode,
                             R"("},"NetworkingConfig":{"EndpointsConfig":{")", mode, R"(":{},")",
                             other, R"(":{}}}})"));
  };
  EXPECT_THAT(both("host", "bridge"), StatusIs(absl::StatusCode::kPermissionDenied,
                                               HasSubstr("cannot be connected to any other")));
  EXPECT_THAT(both("none", "front"),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("in private (none) mode")));
  EXPECT_THAT(both("host", "host"), IsOk());
}

TEST(ContainerNetworking, LinksAreOfTheFirstNetwork) {
  const auto linked = ReadContainerNetworking(
      {{"HostConfig", {{"NetworkMode", "front"}, {"Links", {"web:other"}}}}});
  ASSERT_THAT(linked, test::IsOk());
  EXPECT_EQ(linked->endpoints[0].links, std::vector<std::string>{"web:other"});
  const auto of_default = ReadContainerNetworking({{"HostConfig", {{"Links", {"web"}}}}});
  ASSERT_THAT(of_default, test::IsOk());
  EXPECT_EQ(of_default->endpoints[0].network, kBridgeNetwork);
}

}  // namespace
}  // namespace berth::cri
