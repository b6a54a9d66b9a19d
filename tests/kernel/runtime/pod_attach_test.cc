// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_attach.h"

#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/kernel/runtime/network_fixture.h"
#include "tests/support/kernel_test.h"

namespace berth::runtime {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Pods that name their networks themselves.
class ManyNetworks : public NetworkFixture {
 public:
  NetworkChoice Choice(int number, const std::string& interface) {
    return {
        absl::StrCat(R"json({"cniVersion": "1.0.0", "name": "n)json", number,
                     R"json(", "plugins": [{"type": "bridge", "bridge": "berth-n)json", number,
                     R"json(", "isGateway": true, "ipam": {"type": "host-local", "dataDir": ")json",
                     dir().Join("ipam"), R"json(", "ranges": [[{"subnet": "10.98.)json", number,
                     R"json(.0/24"}]]}}]})json"),
        interface};
  }
  std::string Run(const std::string& name, const PodExtras& extras) {
    const auto id = runtime().RunPod(Soon(), NetworkPodConfig(name), "", extras);
    EXPECT_THAT(id, IsOk());
    return id.value_or("");
  }
  // "n1 eth0 10.98.1.2/24" of each.
  std::vector<std::string> InterfacesOf(const std::string& pod) {
    std::vector<std::string> told;
    const auto interfaces = runtime().Interfaces(pod);
    EXPECT_THAT(interfaces, IsOk());
    for (const AttachedInterface& each : *interfaces) {
      told.push_back(absl::StrCat(each.network, " ", each.interface, " ",
                                  each.addresses.empty() ? "" : each.addresses[0]));
    }
    return told;
  }
  size_t Leases(int number) {
    size_t count = 0;
    for (const std::string& name : EntriesOf(absl::StrCat(dir_path(), "/ipam/n", number))) {
      count += absl::StartsWith(name, "10.98.") ? 1 : 0;
    }
    return count;
  }
};

KERNEL_TEST(PodAttach, NetworksComeAndGoWhileAPodRuns) {
  ManyNetworks t;
  t.Open();
  PodExtras extras;
  extras.networks = {t.Choice(1, "eth0"), t.Choice(2, "eth1")};
  const std::string pod = t.Run("many", extras);
  EXPECT_THAT(t.runtime().FindPod(pod)->network.ips, ElementsAre("10.98.1.2"));
  EXPECT_THAT(t.AddressesInUse(), IsEmpty());  // not the node's network
  EXPECT_THAT(t.runtime().AttachNetwork(t.Soon(), pod, t.Choice(3, "eth2")), IsOk());
  EXPECT_THAT(t.runtime().AttachNetwork(t.Soon(), pod, t.Choice(3, "eth3")),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("n3")));
  EXPECT_THAT(t.runtime().DetachNetwork(t.Soon(), pod, "n2"), IsOk());
  EXPECT_THAT(t.runtime().DetachNetwork(t.Soon(), pod, "n2"), IsOk());
  t.Open();
  EXPECT_THAT(t.InterfacesOf(pod), ElementsAre("n1 eth0 10.98.1.2/24", "n3 eth2 10.98.3.2/24"));
  EXPECT_EQ(t.Leases(2), 0u);
  EXPECT_THAT(t.runtime().StopPod(t.Soon(), pod), IsOk());
  EXPECT_THAT(t.InterfacesOf(pod), IsEmpty());
  EXPECT_EQ(t.Leases(1) + t.Leases(3), 0u);
  EXPECT_THAT(t.runtime().AttachNetwork(t.Soon(), pod, t.Choice(1, "eth0")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not ready")));
  EXPECT_THAT(t.runtime().RemovePod(t.Soon(), pod), IsOk());
}

KERNEL_TEST(PodAttach, AnIsolatedPodMayGetItsFirstNetwork) {
  ManyNetworks t;
  t.Open();
  PodExtras extras;
  extras.isolated = true;
  const std::string pod = t.Run("alone", extras);
  EXPECT_THAT(t.InterfacesOf(pod), IsEmpty());
  EXPECT_THAT(t.runtime().AttachNetwork(t.Soon(), pod, t.Choice(1, "eth0")), IsOk());
  EXPECT_EQ(t.Leases(1), 1u);
  EXPECT_THAT(t.runtime().RemovePod(t.Soon(), pod), IsOk());
  EXPECT_EQ(t.Leases(1), 0u);
}

KERNEL_TEST(PodAttach, APodSharesTheNetworkOfAnother) {
  ManyNetworks t;
  t.Open();
  PodExtras extras;
  extras.networks = {t.Choice(1, "eth0")};
  const std::string first = t.Run("first", extras);
  PodExtras joins;
  joins.network_of = first;
  std::ofstream(t.dir_path() + "/root/pods/" + first + "/hostname") << "of a container's\n";
  const std::string second = t.Run("second", joins);
  const auto inode = [&](const std::string& pod) {
    struct stat info = {};
    EXPECT_EQ(stat(t.runtime().FindPod(pod)->network_namespace.c_str(), &info), 0);
    return info.st_ino;
  };
  EXPECT_EQ(inode(first), inode(second));
  const std::string pods = t.dir_path() + "/root/pods/";
  EXPECT_THAT(ReadAll(pods + second + "/hosts"), HasSubstr("10.98.1.2\tfirst"));
  EXPECT_EQ(ReadAll(pods + second + "/hostname"), "first\n");
  EXPECT_THAT(t.runtime().AttachNetwork(t.Soon(), second, t.Choice(2, "eth1")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no network of its own")));
  EXPECT_THAT(t.runtime().RemovePod(t.Soon(), second), IsOk());
  EXPECT_EQ(t.Leases(1), 1u);
  EXPECT_THAT(t.runtime().RemovePod(t.Soon(), first), IsOk());
  joins.network_of = "none";
  EXPECT_THAT(t.runtime().RunPod(t.Soon(), t.NetworkPodConfig("third"), "", joins),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("whose network to share")));
}

KERNEL_TEST(PodAttach, WhatCannotBeCopiedOfAnothersFilesIsAsItIsPlanned) {
  ManyNetworks t;
  t.Open();
  PodExtras extras;
  extras.networks = {t.Choice(1, "eth0")};
  v1::PodSandboxConfig config = t.NetworkPodConfig("first");
  config.mutable_dns_config()->add_servers("10.98.1.9");
  const std::string first = t.runtime().RunPod(t.Soon(), config, "", extras).value_or("");
  const std::string pods = t.dir_path() + "/root/pods/";
  for (const char* name : {"/hosts", "/resolv.conf"}) {
    ASSERT_EQ(truncate((pods + first + name).c_str(), 2 << 20), 0);
  }
  PodExtras joins;
  joins.network_of = first;
  const std::string second = t.Run("second", joins);
  EXPECT_THAT(ReadAll(pods + second + "/hosts"), HasSubstr("localhost"));
  EXPECT_EQ(ReadAll(pods + second + "/resolv.conf"), "nameserver 10.98.1.9\n");
  EXPECT_THAT(t.runtime().RemovePod(t.Soon(), second), IsOk());
  EXPECT_THAT(t.runtime().RemovePod(t.Soon(), first), IsOk());
}

}  // namespace
}  // namespace berth::runtime
