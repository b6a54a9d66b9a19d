// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"

#include "base/sys/fd.h"
#include "tests/kernel/cri/engine_api/networks/registry_under_test.h"
#include "tests/support/kernel_test.h"
#include "tests/unit/cri/engine_api/networks/dns_under_test.h"

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

// What the name server of 172.18.0.1 says to the question for an address.
std::string Ask(const std::string& name, const char* from) {
  const sys::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const timeval patience = {.tv_sec = 20, .tv_usec = 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in source = {}, server = {};
  source.sin_family = server.sin_family = AF_INET;
  server.sin_port = htons(53);
  inet_pton(AF_INET, from, &source.sin_addr);
  inet_pton(AF_INET, "172.18.0.1", &server.sin_addr);
  EXPECT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&source), sizeof(source)), 0);
  EXPECT_EQ(connect(socket.get(), reinterpret_cast<sockaddr*>(&server), sizeof(server)), 0);
  const std::string question = Question(name, DnsType::kA);
  EXPECT_GT(send(socket.get(), question.data(), question.size(), 0), 0);
  std::string answer(4096, '\0');
  const ssize_t size = recv(socket.get(), answer.data(), answer.size(), 0);
  answer.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return answer;
}

// All of 172.18.0.0/16 is the node's own, and what it sends to itself comes in by the bridge, as
// which "lo" goes from here on.
void OwnAddresses(const std::string& bridge) {
  const sys::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = {};
  absl::SNPrintF(request.ifr_name, sizeof(request.ifr_name), "lo");
  ASSERT_EQ(ioctl(socket.get(), SIOCSIFFLAGS, &request), 0);
  absl::SNPrintF(request.ifr_newname, sizeof(request.ifr_newname), "%s", bridge);
  ASSERT_EQ(ioctl(socket.get(), SIOCSIFNAME, &request), 0);
  absl::SNPrintF(request.ifr_name, sizeof(request.ifr_name), "%s", bridge);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, "172.18.0.1", &address.sin_addr);
  std::memcpy(&request.ifr_addr, &address, sizeof(address));
  ASSERT_EQ(ioctl(socket.get(), SIOCSIFADDR, &request), 0);
  request.ifr_flags = IFF_UP;
  ASSERT_EQ(ioctl(socket.get(), SIOCSIFFLAGS, &request), 0);
}

KERNEL_TEST(ContainerNetworks, NamesOfWhoRunsAreKnownBeforeAnybodyAsks) {
  RegistryUnderTest t;
  const Network front = t.Make("front");
  for (const char* id : {"c1", "c2"}) {
    ASSERT_THAT(t.Add(id, R"({"HostConfig":{"NetworkMode":"front"}})"), IsOk());
    runtime::ContainerSnapshot& container = t.runtime.containers.emplace_back();
    container.id = id;
    container.pod_id = absl::StrCat("pod-", id);
    container.state = ::runtime::v1::CONTAINER_RUNNING;
  }
  t.Start("c1", front, "172.18.0.2/16");
  t.Start("c2", front, "172.18.0.3/16");
  t.runtime.containers.back().state = ::runtime::v1::CONTAINER_EXITED;
  OwnAddresses(front.bridge());
  t.Open();
  EXPECT_THAT(AddressesIn(Ask("name-c1", "172.18.0.9")), ElementsAre("172.18.0.2"));
  EXPECT_EQ(CodeOf(Ask("name-c2", "172.18.0.9")), DnsCode::kServerFailure) << "nobody to ask";
  t.networks->Stopped("c1");
  EXPECT_EQ(CodeOf(Ask("name-c1", "172.18.0.9")), DnsCode::kServerFailure);
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
