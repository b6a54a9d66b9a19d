// SPDX-License-Identifier: Apache-2.0
#include "runtime/network_usage.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/network_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

KERNEL_TEST(NetworkUsage, CountsWhatAPodHasSentAndReceived) {
  NetworkFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string server = fixture.RunPod(fixture.NetworkPodConfig("server"));
  const std::string client = fixture.RunPod(fixture.NetworkPodConfig("client"));
  const PodNetworkUsage before = runtime.NetworkUsage(client).value();
  const std::string container =
      fixture.Start(client, "main",
                    absl::StrCat("exec nc -w 5 ", runtime.FindPod(server)->network.ips[0], " 80"));
  EXPECT_EQ(fixture.AwaitExit(container).exit_code, 1);  // reached, and refused
  const PodNetworkUsage after = runtime.NetworkUsage(client).value();
  EXPECT_GT(after.transmit_packets, before.transmit_packets);
  EXPECT_GT(after.receive_packets, before.receive_packets);
  EXPECT_GE(after.transmit_bytes, before.transmit_bytes + 40);  // a SYN
  EXPECT_GE(after.receive_bytes, before.receive_bytes + 40);
  // A daemon that starts anew still knows the namespace.
  EXPECT_GE(fixture.Open().NetworkUsage(client)->transmit_bytes, after.transmit_bytes);
  EXPECT_THAT(fixture.runtime().StopPod(fixture.Soon(), client), test::IsOk());
  EXPECT_THAT(fixture.runtime().NetworkUsage(client),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(fixture.runtime().RemovePod(fixture.Soon(), client), test::IsOk());
  EXPECT_THAT(fixture.runtime().RemovePod(fixture.Soon(), server), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(NetworkUsage, IsNotOfAPodOnTheHostsNetwork) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  EXPECT_THAT(runtime.NetworkUsage(pod), test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(runtime.NetworkUsage(std::string(64, 'f')),
              test::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

// The number of a shim that has died may be another process's before its death is heard.
KERNEL_TEST(NetworkUsage, IsNotThatOfAnotherProcess) {
  PodRecord record;
  record.id = std::string(64, 'a');
  record.state.phase = PodPhase::kReady;
  record.state.shim_pid = getpid();
  Pod pod(record, "");
  EXPECT_THAT(ReadNetworkUsage(pod), test::StatusIs(absl::StatusCode::kFailedPrecondition));
  pod.HoldNetworkNamespace(getpid());
  EXPECT_THAT(ReadNetworkUsage(pod), test::IsOk());
}

}  // namespace
}  // namespace berth::runtime
