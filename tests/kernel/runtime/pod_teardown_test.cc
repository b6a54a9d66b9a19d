// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_teardown.h"

#include <sys/stat.h>

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "runtime/records.h"
#include "runtime/shutdown.h"
#include "tests/kernel/runtime/network_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

KERNEL_TEST(PodNetworks, PodsReachEachOtherAndTheirAddressesAreFreed) {
  NetworkFixture fixture;
  PodRuntime& runtime = fixture.Open();
  EXPECT_THAT(runtime.NetworkReady(), test::IsOk());
  const std::string server = fixture.RunPod(fixture.NetworkPodConfig("server"));
  const std::vector<std::string> ips = runtime.FindPod(server)->network.ips;
  ASSERT_EQ(ips.size(), 1u);
  EXPECT_THAT(ips[0], HasSubstr("10.99.0."));
  const std::string client = fixture.RunPod(fixture.NetworkPodConfig("client"));
  const std::string container = fixture.Start(
      client, "main",
      absl::StrCat("hostname; cat /etc/hosts; ip addr; exec nc -w 5 ", ips[0], " 80"));
  EXPECT_EQ(fixture.AwaitExit(container).exit_code, 1);  // reached, and refused
  EXPECT_THAT(fixture.Log(container), HasSubstr("stdout F client\n"));
  EXPECT_THAT(fixture.Log(container), HasSubstr("onnection refused"));
  EXPECT_THAT(fixture.Log(container),
              HasSubstr(absl::StrCat(runtime.FindPod(client)->network.ips[0], "\tclient\n")));
  EXPECT_EQ(fixture.AddressesInUse().size(), 2u);
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), client), test::IsOk());
  EXPECT_THAT(fixture.AddressesInUse(), ElementsAre(ips[0]));
  EXPECT_THAT(runtime.FindPod(client)->network.ips, IsEmpty());  // it is another's soon
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), client), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), server), test::IsOk());
  EXPECT_THAT(fixture.AddressesInUse(), IsEmpty());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(PodNetworks, APortOfTheNodeIsOfOnePodUntilItIsStopped) {
  NetworkFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const auto publishing = [&](const std::string& name) {
    v1::PodSandboxConfig config = fixture.NetworkPodConfig(name);
    v1::PortMapping& port = *config.add_port_mappings();
    port.set_host_port(18160);
    port.set_container_port(80);
    return config;
  };
  const std::string first = fixture.RunPod(publishing("first"));
  EXPECT_THAT(runtime.RunPod(fixture.Soon(), publishing("second"), "", {}),
              test::StatusIs(absl::StatusCode::kFailedPrecondition,
                             HasSubstr("host port 18160/tcp is taken by the pod")));
  EXPECT_EQ(runtime.Pods().size(), 1u);
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), first), test::IsOk());
  const std::string second = fixture.RunPod(publishing("second"));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), first), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), second), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(PodNetworks, AnAddressOutlivesARestartButNotAReboot) {
  NetworkFixture fixture;
  fixture.Open();
  const std::string pod = fixture.RunPod(fixture.NetworkPodConfig("one"));
  const std::vector<std::string> ips = fixture.runtime().FindPod(pod)->network.ips;
  fixture.Open();
  EXPECT_EQ(fixture.runtime().FindPod(pod)->network.ips, ips);
  EXPECT_EQ(fixture.AddressesInUse(), ips);
  fixture.Close();
  ASSERT_THAT(Records::Open(fixture.dir().Join("root/runtime.db")).value()->SetBootId("another"),
              test::IsOk());
  PodRuntime& runtime = fixture.Open();
  EXPECT_EQ(runtime.FindPod(pod)->state, v1::SANDBOX_NOTREADY);
  EXPECT_THAT(fixture.AddressesInUse(), IsEmpty());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(PodNetworks, AnAddressOfAPodWhoseShimDiedIsFreedByStopping) {
  NetworkFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod(fixture.NetworkPodConfig("one"));
  ASSERT_EQ(kill(runtime.FindPod(pod)->shim_pid, SIGKILL), 0);
  ASSERT_TRUE(Eventually([&] { return runtime.FindPod(pod)->state == v1::SANDBOX_NOTREADY; }));
  EXPECT_EQ(fixture.AddressesInUse().size(), 1u);
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(fixture.AddressesInUse(), IsEmpty());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

// Replaces the plugin directory by one whose bridge plugin does this first.
void WrapPlugin(NetworkFixture& fixture, const std::string& script) {
  const std::string plugin = fixture.dir().Write(
      "plugins/bridge",
      absl::StrCat("#!/bin/sh\n", script, "\nCNI_PATH=/usr/lib/cni exec /usr/lib/cni/bridge\n"));
  ASSERT_EQ(chmod(plugin.c_str(), 0755), 0);
  fixture.options().cni_plugin_dirs = {fixture.dir().Join("plugins")};
}

// It fails at these commands.
void BreakPlugins(NetworkFixture& fixture, const std::string& commands) {
  WrapPlugin(fixture, absl::StrCat("case $CNI_COMMAND in ", commands,
                                   ") echo '{\"code\": 11, \"msg\": \"broken\"}'; exit 1;; esac"));
}

KERNEL_TEST(PodNetworks, WhatCannotBeDetachedIsStoppedLater) {
  NetworkFixture fixture;
  BreakPlugins(fixture, "DEL");
  fixture.Open();
  const std::string pod = fixture.RunPod(fixture.NetworkPodConfig("one"));
  const std::string container = fixture.Start(pod, "main", "exec sleep 1000");
  EXPECT_FALSE(fixture.runtime().StopPod(fixture.Soon(), pod).ok());
  EXPECT_EQ(fixture.StateOf(container), v1::CONTAINER_EXITED);
  EXPECT_EQ(fixture.runtime().FindPod(pod)->state, v1::SANDBOX_NOTREADY);
  EXPECT_FALSE(fixture.runtime().RemovePod(fixture.Soon(), pod).ok());
  EXPECT_THAT(fixture.runtime().FindPod(pod), test::IsOk());
  EXPECT_EQ(fixture.AddressesInUse().size(), 1u);
  fixture.options().cni_plugin_dirs = {"/usr/lib/cni"};
  PodRuntime& runtime = fixture.Open();
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(fixture.AddressesInUse(), IsEmpty());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(PodNetworks, DelIsGivenTheNamespaceOfAShimThatWasNeverHeard) {
  NetworkFixture fixture;
  const std::string given = fixture.dir().Join("given");
  WrapPlugin(fixture, absl::StrCat("[ $CNI_COMMAND != DEL ] || readlink $CNI_NETNS >", given));
  fixture.Open();
  const std::string pod = fixture.RunPod(fixture.NetworkPodConfig("one"));
  const int shim = fixture.runtime().FindPod(pod)->shim_pid;
  fixture.Close();
  ASSERT_EQ(kill(shim, SIGSTOP), 0);
  EXPECT_THAT(fixture.Open().RemovePod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(ReadAll(given), ::testing::StartsWith("net:["));
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(PodNetworks, APodWhoseNetworkCannotBeUndoneStaysToBeStopped) {
  NetworkFixture fixture;
  BreakPlugins(fixture, "ADD|DEL");
  fixture.Open();
  EXPECT_FALSE(
      fixture.runtime().RunPod(fixture.Soon(), fixture.NetworkPodConfig("one"), "", {}).ok());
  ASSERT_EQ(fixture.runtime().Pods().size(), 1u);
  const std::string pod = fixture.runtime().Pods()[0].id;
  EXPECT_EQ(fixture.runtime().Pods()[0].state, v1::SANDBOX_NOTREADY);
  fixture.options().cni_plugin_dirs = {"/usr/lib/cni"};
  PodRuntime& runtime = fixture.Open();
  ASSERT_EQ(runtime.Pods().size(), 1u);
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(PodNetworks, WhatADaemonThatEndsCannotUndoTheNextOneDoes) {
  NetworkFixture fixture;
  const std::string deletes = fixture.dir().Join("deletes");
  WrapPlugin(fixture, absl::StrCat("[ $CNI_COMMAND != DEL ] || { echo >> ", deletes,
                                   "; exec sleep 1000; }\n"
                                   "CNI_PATH=/usr/lib/cni /usr/lib/cni/bridge; exit 1"));
  PodRuntime& runtime = fixture.Open();
  std::thread ending([&] {
    EXPECT_TRUE(Eventually([&] { return !ReadAll(deletes).empty(); }));
    BeginShutdown(runtime);
  });
  const absl::Time begun = SteadyNow();
  EXPECT_FALSE(runtime.RunPod(Call(), fixture.NetworkPodConfig("one"), "", {}).ok());
  ending.join();
  EXPECT_LT(SteadyNow() - begun, absl::Seconds(30)) << "not a minute for each of two";
  EXPECT_THAT(runtime.Pods(), IsEmpty()) << "it is still being made";
  EXPECT_EQ(fixture.AddressesInUse().size(), 1u);
  fixture.options().cni_plugin_dirs = {"/usr/lib/cni"};
  fixture.Open();
  EXPECT_THAT(fixture.AddressesInUse(), IsEmpty());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(PodNetworks, ACancelledRunLeavesNothing) {
  NetworkFixture fixture;
  PodRuntime& runtime = fixture.Open();
  // Gone as soon as the shim is there.
  const Call call(absl::InfiniteFuture(), [] { return !RuntimeFixture::ShimPids().empty(); });
  EXPECT_THAT(runtime.RunPod(call, fixture.NetworkPodConfig("one"), "", {}),
              test::StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(fixture.AddressesInUse(), IsEmpty());
  fixture.ExpectNothingLeft();
}

}  // namespace
}  // namespace berth::runtime
