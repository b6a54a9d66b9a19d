// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/kernel/cri/engine_api/networks/registry_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

KERNEL_TEST(ContainerNetworks, AStartGetsNetworksPortsAndNames) {
  RegistryUnderTest t;
  const Network front = t.Make("front"), back = t.Make("back");
  ASSERT_THAT(t.Add("c1", R"({"HostConfig":{"NetworkMode":"front",
      "PortBindings":{"80/tcp":[{"HostPort":"8080"}],"81/tcp":[{}]}},
      "NetworkingConfig":{"EndpointsConfig":{"back":{"Aliases":["db"]}}}})"),
              IsOk());
  const PodNetworking plan = t.Start("c1", front, "172.18.0.2/16");
  ASSERT_EQ(plan.networks.size(), 2u);
  EXPECT_EQ(plan.networks[0].interface, "eth0");
  EXPECT_THAT(plan.networks[0].config, HasSubstr(front.cni_name()));
  EXPECT_THAT(plan.networks[0].config, HasSubstr("\"isDefaultGateway\":false"));
  EXPECT_EQ(plan.networks[1].interface, "eth1");
  EXPECT_THAT(plan.networks[1].config, HasSubstr("portmap"));  // by its name it comes first
  EXPECT_THAT(plan.networks[1].config, HasSubstr("\"isDefaultGateway\":true"));
  EXPECT_EQ(plan.ports[0].host_port, 8080);
  EXPECT_GT(plan.ports[1].host_port, 0);
  EXPECT_THAT(plan.dns_servers, ElementsAre("172.18.0.1"));
  const Json settings = t.networks->Settings("c1");
  EXPECT_EQ(settings["Networks"]["front"]["IPAddress"], "172.18.0.2");
  EXPECT_EQ(settings["Ports"]["80/tcp"][0]["HostPort"], "8080");
  EXPECT_EQ(t.networks->Ports("c1").size(), 2u);
  // The port is the container's until it has stopped, also for the next daemon.
  ASSERT_THAT(t.Add("c2", R"({"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"8080"}]}}})"),
              IsOk());
  t.Open();
  ASSERT_THAT(t.networks->Started("c1", "pod-c1"), IsOk());
  EXPECT_THAT(t.networks->PlanStart(Call(), "c2"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("port is already allocated")));
  t.networks->Stopped("c1");
  EXPECT_THAT(t.networks->PlanStart(Call(), "c2"), IsOk());
  EXPECT_EQ(t.networks->Settings("c1")["Ports"], Json::object());
}

KERNEL_TEST(ContainerNetworks, TheDefaultNetworkKnowsNoNames) {
  RegistryUnderTest t;
  ASSERT_THAT(t.Add("c1", "{}"), IsOk());
  EXPECT_THAT(t.networks->PlanStart(Call(), "c1")->dns_servers, IsEmpty());
  ASSERT_THAT(t.Add("c2", R"({"HostConfig":{"Dns":["192.0.2.7"]}})"), IsOk());
  EXPECT_THAT(t.networks->PlanStart(Call(), "c2")->dns_servers, ElementsAre("192.0.2.7"));
  // A server on the node's loopback cannot be reached from a container: ours passes on.
  t.resolv_conf = "nameserver 127.0.0.53\n";
  t.Open();
  EXPECT_THAT(t.networks->PlanStart(Call(), "c1")->dns_servers, ElementsAre("172.17.0.1"));
  for (
      const char* body :
      {R"({"NetworkingConfig":{"EndpointsConfig":{"bridge":{"Aliases":["a"]}}}})",
       R"({"NetworkingConfig":{"EndpointsConfig":{"bridge":{"IPAMConfig":{"IPv4Address":"172.17.0.9"}}}}})"}) {
    EXPECT_THAT(t.Add("c3", body), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("user")));
  }
  EXPECT_THAT(t.Add("c3", R"({"HostConfig":{"NetworkMode":"nowhere"}})"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("network nowhere not found")));
}

KERNEL_TEST(ContainerNetworks, WhatIsNotSaidOfNamesIsTheNodes) {
  RegistryUnderTest t;
  t.resolv_conf = "nameserver 192.0.2.1\nsearch lan\noptions timeout:1\n";
  t.Open();
  t.Make("front");
  ASSERT_THAT(t.Add("c1", R"({"HostConfig":{"NetworkMode":"front"}})"), IsOk());
  const PodNetworking usual = *t.networks->PlanStart(Call(), "c1");
  EXPECT_THAT(usual.dns_searches, ElementsAre("lan"));
  EXPECT_THAT(usual.dns_options, ElementsAre("timeout:1", "ndots:0"));
  ASSERT_THAT(t.Add("c2", R"({"HostConfig":{"NetworkMode":"front","DnsSearch":["corp"],
                              "DnsOptions":["ndots:3"]}})"),
              IsOk());
  const PodNetworking own = *t.networks->PlanStart(Call(), "c2");
  EXPECT_THAT(own.dns_searches, ElementsAre("corp"));
  EXPECT_THAT(own.dns_options, ElementsAre("ndots:3"));
  ASSERT_THAT(t.Add("c3", R"({"HostConfig":{"DnsOptions":["edns0"]}})"), IsOk());
  EXPECT_THAT(t.networks->PlanStart(Call(), "c3")->dns_servers, ElementsAre("192.0.2.1"));
}

KERNEL_TEST(ContainerNetworks, AreForgottenWithTheContainer) {
  RegistryUnderTest t;
  const Network front = t.Make("front");
  for (const char* id : {"c1", "c2"}) {
    ASSERT_THAT(t.Add(id, R"({"HostConfig":{"NetworkMode":"front"}})"), IsOk());
  }
  t.networks->Rename("c1", "other");
  t.Open();
  t.networks->ForgetAllBut([](const std::string& id) { return id == "c1"; });
  EXPECT_FALSE(t.networks->PlanStart(Call(), "c2").ok());
  EXPECT_TRUE(t.networks->PlanStart(Call(), "c1").ok());
  EXPECT_THAT(t.networks->Remove(Call(), "front"),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("name:\"other\"")));
  t.networks->Forget("c1");
  t.networks->Forget("c1");
  EXPECT_FALSE(t.networks->IsUsed(front));
  EXPECT_THAT(t.database->All(EngineTable::kEndpoints), test::IsOkAndHolds(IsEmpty()));
}

KERNEL_TEST(ContainerNetworks, PortsOfPodsOfTheKubeletAreTaken) {
  RegistryUnderTest t;
  runtime::PodSnapshot pod;
  pod.id = "kubelets";
  pod.network.ips = {"10.0.0.2"};
  auto* mapping = pod.config.add_port_mappings();
  mapping->set_container_port(80);
  mapping->set_host_port(18160);
  mapping->set_host_ip("0.0.0.0");
  t.runtime.pods.push_back(pod);
  ASSERT_THAT(t.Add("c1", R"({"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"18160"}]}}})"),
              IsOk());
  EXPECT_THAT(t.networks->PlanStart(Call(), "c1"),
              StatusIs(absl::StatusCode::kInternal,
                       "Bind for 0.0.0.0:18160 failed: port is already allocated"));
  ASSERT_THAT(
      t.Add("c2", R"({"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"18160-18161"}]}}})"),
      IsOk());
  EXPECT_EQ(t.networks->PlanStart(Call(), "c2")->ports.at(0).host_port, 18161);
  t.runtime.pods.back().network.ips.clear();  // it has been stopped
  EXPECT_THAT(t.networks->PlanStart(Call(), "c1"), IsOk());
}

}  // namespace
}  // namespace berth::cri
