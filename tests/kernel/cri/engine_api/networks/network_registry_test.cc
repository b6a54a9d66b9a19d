// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_registry.h"

#include "gmock/gmock.h"

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

}  // namespace
}  // namespace berth::cri
