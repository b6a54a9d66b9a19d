// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <sys/mount.h>

#include "gmock/gmock.h"

#include "base/file.h"
#include "tests/kernel/cri/engine_api/networks/registry_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

KERNEL_TEST(NetworkConnection, ConnectAndDisconnect) {
  RegistryUnderTest t;
  const Network front = t.Make("front"), back = t.Make("back");
  ASSERT_THAT(t.Add("c1", R"({"HostConfig":{"NetworkMode":"front"}})"), IsOk());
  t.Start("c1", front, "172.18.0.2/16");
  EXPECT_THAT(t.networks->Connect(Call(), "back", "c1", {}), IsOk());
  EXPECT_THAT(
      t.networks->Connect(Call(), "back", "c1", {}),
      StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("already exists in network")));
  EXPECT_THAT(t.networks->Disconnect(Call(), "front", "c1"), IsOk());
  EXPECT_THAT(t.networks->Disconnect(Call(), "front", "c1"),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("container c1 is not connected to network front")));
  EXPECT_THAT(t.runtime.calls,
              ElementsAre("AttachNetwork pod-c1 eth1", "DetachNetwork pod-c1 " + front.cni_name()));
  t.runtime.failures["AttachNetwork"] = absl::InternalError("no more addresses");
  EXPECT_THAT(t.networks->Connect(Call(), "front", "c1", {}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("no more addresses")));
  t.Open();
  EXPECT_EQ(t.networks->Settings("c1")["Networks"].size(), 1u);
  EXPECT_TRUE(t.networks->Settings("c1")["Networks"].contains("back"));
  ASSERT_THAT(t.Add("c2", R"({"HostConfig":{"NetworkMode":"host"}})"), IsOk());
  EXPECT_THAT(
      t.networks->Connect(Call(), "back", "c2", {}),
      StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("sharing network namespace")));
  EXPECT_THAT(t.networks->Connect(Call(), "back", "c9", {}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("No such container: c9")));
}

KERNEL_TEST(NetworkConnection, TheWayOutMovesToAnotherNetwork) {
  RegistryUnderTest t;
  const Network front = t.Make("front"), back = t.Make("back");
  ASSERT_THAT(t.Add("c1", R"({"HostConfig":{"NetworkMode":"front"},
      "NetworkingConfig":{"EndpointsConfig":{"back":{}}}})"),
              IsOk());
  t.Start("c1", back, "172.19.0.2/16");  // "back" is the first by name
  t.runtime.interfaces["pod-c1"].push_back(
      {front.cni_name(), "eth1", "02:01", {"172.18.0.7/16"}, {""}});
  EXPECT_THAT(t.networks->Disconnect(Call(), "back", "c1"), IsOk());
  EXPECT_THAT(t.runtime.calls,
              ElementsAre("DetachNetwork pod-c1 " + back.cni_name(),
                          "DetachNetwork pod-c1 " + front.cni_name(), "AttachNetwork pod-c1 eth1"));
  // There is none after the last one; the next one that comes is it.
  EXPECT_THAT(t.networks->Disconnect(Call(), "front", "c1"), IsOk());
  EXPECT_EQ(t.runtime.calls.size(), 4u);
}

KERNEL_TEST(NetworkConnection, AWayOutThatCannotMoveLeavesTheNetworkAsItWas) {
  RegistryUnderTest t;
  const Network front = t.Make("front"), back = t.Make("back");
  ASSERT_THAT(t.Add("c1", R"({"HostConfig":{"NetworkMode":"front"},
      "NetworkingConfig":{"EndpointsConfig":{"back":{}}}})"),
              IsOk());
  t.Start("c1", back, "172.19.0.2/16");
  t.runtime.interfaces["pod-c1"].push_back(
      {front.cni_name(), "eth1", "02:01", {"172.18.0.7/16"}, {""}});
  t.runtime.failures["AttachNetwork"] = absl::InternalError("the port is taken");
  EXPECT_THAT(t.networks->Disconnect(Call(), "back", "c1"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("the port is taken")));
  EXPECT_THAT(t.runtime.calls,
              ElementsAre("DetachNetwork pod-c1 " + back.cni_name(),
                          "DetachNetwork pod-c1 " + front.cni_name(), "AttachNetwork pod-c1 eth1",
                          "AttachNetwork pod-c1 eth1"))
      << "as it was, the second time";
  EXPECT_EQ(t.database->All(EngineTable::kEndpoints)->at("c1").value()["gateway"], "");
  EXPECT_TRUE(t.networks->Settings("c1")["Networks"].contains("front"));
}

void Link(const std::string& arguments) {
  ASSERT_EQ(system(("/usr/sbin/ip link " + arguments).c_str()), 0) << arguments;
}

// A container in "back", which has its default route, and in "front", where it is kept apart.
Network StartBetween(RegistryUnderTest& t) {
  EXPECT_EQ(mount("sysfs", "/sys", "sysfs", 0, nullptr), 0);  // of this network namespace
  const Network back = t.Make("back");
  Network front = t.Make("front", R"(,"Options":{"com.docker.network.bridge.enable_icc":"false"})");
  Link("add " + front.bridge() + " type bridge");
  EXPECT_THAT(t.Add("c1", R"({"HostConfig":{"NetworkMode":"front"},
      "NetworkingConfig":{"EndpointsConfig":{"back":{}}}})"),
              IsOk());
  t.Start("c1", back, "172.18.0.2/16");
  t.runtime.interfaces["pod-c1"].push_back(
      {front.cni_name(), "eth1", "02:01", {"172.19.0.7/16"}, {""}});
  return front;
}

KERNEL_TEST(NetworkConnection, AnInterfaceThatComesBackIsKeptApartToo) {
  RegistryUnderTest t;
  const Network front = StartBetween(t);
  Link("add port type veth");
  Link("set port master " + front.bridge());
  t.runtime.failures["AttachNetwork"] = absl::InternalError("the port is taken");
  EXPECT_THAT(t.networks->Disconnect(Call(), "back", "c1"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("the port is taken")));
  EXPECT_EQ(ReadFile("/sys/class/net/port/brport/isolated", 16).value_or(""), "1\n");
}

KERNEL_TEST(NetworkConnection, AWayOutThatHasMovedStaysOnRecord) {
  RegistryUnderTest t;
  const Network front = StartBetween(t);
  Link("del " + front.bridge());
  EXPECT_THAT(t.networks->Disconnect(Call(), "back", "c1"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("is not kept apart")));
  EXPECT_EQ(t.database->All(EngineTable::kEndpoints)->at("c1").value()["gateway"], front.id);
}

}  // namespace
}  // namespace berth::cri
