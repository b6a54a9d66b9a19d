// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_registry.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <cstdlib>

#include "gmock/gmock.h"

#include "base/file.h"
#include "base/sys/fd.h"
#include "tests/kernel/cri/engine_api/networks/registry_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Names(const NetworkRegistry& networks) {
  std::vector<std::string> names;
  for (const Network& network : networks.List()) {
    names.push_back(network.name);
  }
  return names;
}

KERNEL_TEST(NetworkRegistry, NetworksOutliveTheDaemon) {
  RegistryUnderTest t;
  const Network front = t.Make("front"), back = t.Make("back");
  EXPECT_EQ(front.ipv4()->prefix.str(), "172.18.0.0/16");
  EXPECT_EQ(back.ipv4()->prefix.str(), "172.19.0.0/16");
  const std::string bridge_id = t.networks->Find("bridge")->id;
  t.Open();
  EXPECT_THAT(Names(*t.networks), ElementsAre("back", "bridge", "front", "host", "none"));
  EXPECT_EQ(t.networks->Find("bridge")->id, bridge_id);
  EXPECT_EQ(t.networks->Find("bridge")->ipv4()->prefix.str(), "172.17.0.0/16");
  EXPECT_EQ(t.networks->Find(front.id.substr(0, 12))->name, "front");
  EXPECT_THAT(t.networks->Find("none-such"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("network none-such not found")));
}

KERNEL_TEST(NetworkRegistry, OneThatCannotBeReadIsOnlyThereToBeRemoved) {
  RegistryUnderTest t;
  const Network front = t.Make("front"), back = t.Make("back");
  for (const char* id : {"c1", "c2"}) {
    ASSERT_THAT(t.Add(id, R"({"HostConfig":{"NetworkMode":"front"}})"), IsOk());
  }
  t.Start("c1", front, "172.18.0.2/16");
  Json bad = NetworkRecord(front);
  bad["internal"] = "x";
  ASSERT_THAT(t.database->Put(EngineTable::kNetworks, front.id, bad), IsOk());
  t.Open();
  ASSERT_THAT(t.networks->Started("c1", "pod-c1"), IsOk());
  constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;
  const auto refused = StatusIs(kRefused, HasSubstr("cannot be read: invalid JSON: internal"));
  EXPECT_THAT(t.networks->PlanStart(Call(), "c2"), refused);
  EXPECT_THAT(t.Add("c3", R"({"HostConfig":{"NetworkMode":"front"}})"), refused);
  EXPECT_THAT(t.networks->Create(*ReadNetworkRequest(Json{{"Name", "front"}})),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(t.networks->Create(*ReadNetworkRequest(*ParseJson(
                  R"({"Name":"x","IPAM":{"Config":[{"Subnet":"172.18.0.0/24"}]}})", 1000))),
              StatusIs(kRefused, HasSubstr("Pool overlaps")));
  EXPECT_EQ(t.database->All(EngineTable::kNetworks)->at(front.id).value(), bad);
  EXPECT_THAT(t.networks->Remove(Call(), "front"), StatusIs(absl::StatusCode::kPermissionDenied));
  t.networks->Stopped("c1");
  EXPECT_THAT(t.networks->Remove(Call(), "front"), IsOk());
  EXPECT_EQ(t.Make("front").ipv4()->prefix, front.ipv4()->prefix);
}

KERNEL_TEST(NetworkRegistry, ThoseThatAreAlwaysThereAreHadWithoutTheirRecords) {
  RegistryUnderTest t;
  t.Make("front");
  ASSERT_THAT(t.Add("c1", "{}"), IsOk());
  const Network bridge = *t.networks->Find("bridge"), host = *t.networks->Find("host");
  const Json named = {{"id", 4}, {"name", "bridge"}}, nameless = {{"id", 4}};
  for (const Json& bad : {named, nameless}) {
    ASSERT_THAT(t.database->Put(EngineTable::kNetworks, bridge.id, bad), IsOk());
    t.Open();
    EXPECT_THAT(Names(*t.networks), ElementsAre("bridge", "front", "host", "none"));
    EXPECT_EQ(t.networks->Find("bridge")->id, bridge.id);
    EXPECT_EQ(t.networks->Find("bridge")->bridge(), bridge.bridge());
    EXPECT_EQ(t.networks->Find("bridge")->subnets, bridge.subnets);
    EXPECT_THAT(t.networks->PlanStart(Call(), "c1"), IsOk());
    EXPECT_EQ(t.database->All(EngineTable::kNetworks)->at(bridge.id).value(), bad);
  }
  ASSERT_THAT(t.database->Put(EngineTable::kNetworks, host.id, nameless), IsOk());
  t.Open();  // which of the two is which is not known
  EXPECT_THAT(Names(*t.networks), ::testing::IsSupersetOf(std::vector<std::string>{
                                      "bridge", "host", host.id, bridge.id}));
  EXPECT_THAT(t.networks->Remove(Call(), host.id), IsOk());
}

KERNEL_TEST(NetworkRegistry, AContainerWhosePlaceCannotBeReadStartsNoMore) {
  RegistryUnderTest t;
  const Network front = t.Make("front"), back = t.Make("back");
  for (const char* id : {"c1", "c2"}) {
    ASSERT_THAT(t.Add(id, R"({"HostConfig":{"NetworkMode":"front"}})"), IsOk());
  }
  t.Start("c1", front, "172.18.0.2/16");
  const Json bad = {{"container", 4}};
  ASSERT_THAT(t.database->Put(EngineTable::kEndpoints, "c1", bad), IsOk());
  t.Open();
  ASSERT_THAT(t.networks->Started("c1", "pod-c1"), IsOk());
  EXPECT_THAT(t.networks->Remove(Call(), "front"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_TRUE(t.networks->IsUsed(back)) << "for all that is known";
  t.networks->Rename("c1", "other");
  t.networks->Stopped("c1");
  EXPECT_THAT(t.networks->PlanStart(Call(), "c1"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("c1 and its networks")));
  EXPECT_THAT(t.networks->Connect(Call(), "back", "c1", Endpoint()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(t.database->All(EngineTable::kEndpoints)->at("c1").value(), bad);
  EXPECT_THAT(t.networks->PlanStart(Call(), "c2"), IsOk());
  t.networks->Forget("c1");
  EXPECT_FALSE(t.networks->IsUsed(back));
}

KERNEL_TEST(NetworkRegistry, RefusesWhatIsThereAlready) {
  RegistryUnderTest t;
  t.Make("front", R"(,"IPAM":{"Config":[{"Subnet":"10.7.0.0/24"}]})");
  const auto create = [&](const std::string& body) {
    return t.networks->Create(*ReadNetworkRequest(*ParseJson(body, 1000)));
  };
  EXPECT_THAT(create(R"({"Name":"front"})"),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("network with name front already exists")));
  EXPECT_THAT(create(R"({"Name":"bridge"})"), StatusIs(absl::StatusCode::kPermissionDenied,
                                                       HasSubstr("predefined bridge network")));
  EXPECT_THAT(create(R"({"Name":"x","IPAM":{"Config":[{"Subnet":"10.7.0.0/16"}]}})"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("Pool overlaps")));
  EXPECT_THAT(create(R"({"Name":"x","Options":{"com.docker.network.bridge.name":"lo"}})"),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("there is an interface lo")));
  EXPECT_THAT(
      create(R"({"Name":"x","Options":{"com.docker.network.bridge.name":"berth-docker0"}})"),
      StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("same bridge name")));
}

KERNEL_TEST(NetworkRegistry, OneWithContainersThatRunStays) {
  RegistryUnderTest t;
  const Network front = t.Make("front");
  ASSERT_THAT(t.Add("c1", R"({"HostConfig":{"NetworkMode":"front"}})"), IsOk());
  EXPECT_TRUE(t.networks->IsUsed(front));
  t.Start("c1", front, "172.18.0.2/16");
  EXPECT_EQ(t.networks->MembersOf(front).at(0).ipv4, "172.18.0.2/16");
  EXPECT_THAT(t.networks->Remove(Call(), "front"),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("has active endpoints (name:\"name-c1\" id:\"c1\")")));
  t.networks->Stopped("c1");
  EXPECT_TRUE(t.networks->MembersOf(front).empty());
  EXPECT_THAT(t.networks->Remove(Call(), "front"), IsOk());
  EXPECT_THAT(t.networks->PlanStart(Call(), "c1"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("not found")));
  EXPECT_THAT(t.networks->Remove(Call(), "bridge"),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("pre-defined network")));
  t.Open();
  EXPECT_FALSE(t.networks->Find("front").ok());
}

KERNEL_TEST(NetworkRegistry, WhoEndsIsWaitedForWhereItMatters) {
  RegistryUnderTest t;
  const Network front = t.Make("front");
  t.Make("back");
  const Call at_once = Call::WithTimeout(absl::ZeroDuration());
  constexpr auto kLate = absl::StatusCode::kDeadlineExceeded;
  ASSERT_THAT(t.Add("c1", R"({"HostConfig":{"NetworkMode":"front",
      "PortBindings":{"80/tcp":[{"HostPort":"8080"}]}}})"),
              IsOk());
  t.Start("c1", front, "172.18.0.2/16");
  t.networks->Ending("c1");  // and hangs
  const auto plan = [&](const std::string& id, const std::string& body) {
    EXPECT_THAT(t.Add(id, body), IsOk());
    const absl::Status planned = t.networks->PlanStart(at_once, id).status();
    t.networks->Stopped(id);
    return planned;
  };
  EXPECT_THAT(plan("c2", R"({"HostConfig":{"NetworkMode":"back",
      "PortBindings":{"80/tcp":[{"HostPort":"8081"}]}},"NetworkingConfig":{"EndpointsConfig":
      {"back":{"IPAMConfig":{"IPv4Address":"172.19.0.9"}}}}})"),
              IsOk());
  EXPECT_THAT(plan("c3", R"({"HostConfig":{"NetworkMode":"back",
      "PortBindings":{"90/tcp":[{"HostPort":"8079-8081"}]}}})"),
              StatusIs(kLate));
  EXPECT_THAT(plan("c4", R"({"HostConfig":{"NetworkMode":"front"},"NetworkingConfig":
      {"EndpointsConfig":{"front":{"IPAMConfig":{"IPv4Address":"172.18.0.2"}}}}})"),
              StatusIs(kLate));
  EXPECT_THAT(plan("c5", R"({"HostConfig":{"NetworkMode":"front"}})"), IsOk());
  EXPECT_THAT(t.networks->Remove(at_once, "front"), StatusIs(kLate));
  EXPECT_THAT(t.networks->Remove(at_once, "back"), IsOk());
  t.networks->Stopped("c1");
  EXPECT_THAT(t.networks->Remove(at_once, "front"), IsOk());
}

KERNEL_TEST(NetworkRegistry, OneThatCannotBeRemovedKeepsItsNames) {
  RegistryUnderTest t;
  const Network front = t.Make("front");
  const auto is_served = [&] {
    const sys::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    setsockopt(socket.get(), IPPROTO_IP, IP_FREEBIND, &on, sizeof(on));
    sockaddr_in place = {};
    place.sin_family = AF_INET;
    place.sin_port = htons(53);
    inet_pton(AF_INET, "172.18.0.1", &place.sin_addr);
    return bind(socket.get(), reinterpret_cast<sockaddr*>(&place), sizeof(place)) != 0;
  };
  EXPECT_TRUE(is_served());
  const std::string leases = t.directory.Join("networks/" + front.cni_name());
  ASSERT_THAT(EnsureDirectories(leases, 0700), IsOk());
  ASSERT_EQ(mount("none", leases.c_str(), "tmpfs", 0, nullptr), 0);
  EXPECT_FALSE(t.networks->Remove(Call(), "front").ok());
  EXPECT_TRUE(is_served());
  ASSERT_EQ(umount(leases.c_str()), 0);
  EXPECT_THAT(t.networks->Remove(Call(), "front"), IsOk());
  EXPECT_FALSE(is_served());
}

KERNEL_TEST(NetworkRegistry, TheDefaultNetworkFollowsTheOptions) {
  RegistryUnderTest t;
  const Network before = *t.networks->Find("bridge");
  ASSERT_THAT(t.Add("c1", "{}"), IsOk());
  t.Start("c1", before, "172.17.0.2/16");
  t.bridge = "other0";
  t.bridge_subnet = "10.99.0.0/24";
  t.Open();  // while a pod is in it
  EXPECT_EQ(t.networks->Find("bridge")->bridge(), "berth-docker0");
  t.runtime.interfaces.clear();
  t.Open();
  EXPECT_EQ(t.networks->Find("bridge")->id, before.id);
  EXPECT_EQ(t.networks->Find("bridge")->bridge(), "other0");
  EXPECT_EQ(t.networks->Find("bridge")->ipv4()->prefix.str(), "10.99.0.0/24");
  EXPECT_EQ(t.networks->Find("bridge")->ipv4()->gateway.str(), "10.99.0.1");
  t.Make("front", R"(,"IPAM":{"Config":[{"Subnet":"10.98.0.0/16"}]})");
  t.bridge_subnet = "10.98.7.0/24";  // another's
  t.Open();
  EXPECT_EQ(t.networks->Find("bridge")->ipv4()->prefix.str(), "10.99.0.0/24");
}

KERNEL_TEST(NetworkRegistry, ABridgeThatCannotBeIsLeftForOneThatCan) {
  RegistryUnderTest t;
  t.bridge = "averyveryverylongname";  // as earlier daemons took it
  t.Open();
  EXPECT_EQ(t.networks->Find("bridge")->bridge(), "averyveryverylongname");
  t.bridge = "berth-docker0";
  t.Open();
  EXPECT_EQ(t.networks->Find("bridge")->bridge(), "berth-docker0");
}

// Whose record was lost with engine.db.
KERNEL_TEST(NetworkRegistry, ABridgeThatIsThereIsItsOwn) {
  ASSERT_EQ(system("/usr/sbin/ip link add berth-docker0 type bridge && "
                   "/usr/sbin/ip address add 172.17.0.1/16 dev berth-docker0 && "
                   "/usr/sbin/ip link set berth-docker0 up"),
            0);
  const RegistryUnderTest t;
  EXPECT_EQ(t.networks->Find("bridge")->ipv4()->prefix.str(), "172.17.0.0/16");
}

struct UnreadableRuntime : test::FakePodRuntime {
  absl::StatusOr<std::vector<runtime::AttachedInterface>> Interfaces(
      absl::string_view) const override {
    return absl::DataLossError("torn");
  }
};

KERNEL_TEST(NetworkRegistry, APodOfWhichNothingIsKnownKeepsTheBridge) {
  RegistryUnderTest t;
  t.networks.reset();
  UnreadableRuntime runtime;
  runtime.pods.emplace_back().id = "p1";
  NetworkOptions options;
  options.root = t.directory.path();
  options.bridge = t.bridge;
  options.bridge_subnet = "172.31.0.0/16";
  options.names_port = 0;
  const auto networks = NetworkRegistry::Open(*t.database, runtime, options);
  ASSERT_THAT(networks, IsOk());
  EXPECT_EQ((*networks)->Find("bridge")->ipv4()->prefix.str(), "172.17.0.0/16");
}

}  // namespace
}  // namespace berth::cri
