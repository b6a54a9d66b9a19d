// SPDX-License-Identifier: Apache-2.0
// A daemon that is killed at any moment of a pod's life leaves what the next one puts right.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/recovery.h"
#include "tests/kernel/runtime/network_fixture.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

// The life of a pod, over and over, until killed.
[[noreturn]] void LiveOn(RuntimeFixture& fixture, const v1::PodSandboxConfig& config) {
  PodRuntime& runtime = fixture.Open();
  while (true) {
    const Call call = fixture.Soon();
    const std::string pod = runtime.RunPod(call, config, "", {}).value();
    ContainerRequest request = fixture.Request(*runtime.FindPod(pod), "main", "exec sleep 1000");
    const std::string container = runtime.CreateContainer(call, request).value();
    (void)runtime.StartContainer(call, container);
    (void)runtime.ExecSync(call, container, {"/bin/true"}, absl::Seconds(5));
    (void)runtime.StopContainer(call, container, absl::ZeroDuration());
    (void)runtime.RemoveContainer(call, container);
    (void)runtime.RemovePod(call, pod);
  }
}

void KillAfter(RuntimeFixture& fixture, const v1::PodSandboxConfig& config, absl::Duration delay) {
  const pid_t daemon = fork();
  ASSERT_GE(daemon, 0);
  if (daemon == 0) {
    LiveOn(fixture, config);
  }
  const std::string records = fixture.dir().Join("root/runtime.db");
  ASSERT_TRUE(Eventually([&] { return access(records.c_str(), F_OK) == 0; }));
  // The moment of the crash, counted from the first record: one of a series.
  poll(nullptr, 0, static_cast<int>(absl::ToInt64Milliseconds(delay)));
  ASSERT_EQ(kill(daemon, SIGKILL), 0);
  ASSERT_EQ(waitpid(daemon, nullptr, 0), daemon);
}

// Whatever the daemon was doing: pods are whole or gone, and what is there can be removed.
void Recover(RuntimeFixture& fixture) {
  PodRuntime& runtime = fixture.Open();
  for (const ContainerSnapshot& container : runtime.Containers()) {
    EXPECT_NE(container.state, v1::CONTAINER_UNKNOWN);
    if (container.state == v1::CONTAINER_RUNNING) {
      const bool is_there = kill(container.pid, 0) == 0;
      const absl::Status executed =
          runtime.ExecSync(fixture.Soon(), container.id, {"/bin/true"}, absl::Seconds(5)).status();
      // One that the earlier daemon has killed may still be on its way out.
      EXPECT_TRUE((is_there && executed.ok()) ||
                  fixture.AwaitState(container.id, v1::CONTAINER_EXITED))
          << executed;
    }
  }
  for (const PodSnapshot& pod : runtime.Pods()) {
    if (pod.state == v1::SANDBOX_READY) {
      EXPECT_EQ(kill(pod.shim_pid, 0), 0);
    }
    EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod.id), test::IsOk());
    EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod.id), test::IsOk());
  }
  fixture.ExpectNothingLeft();
  fixture.Close();
}

KERNEL_TEST(RecoveryFromACrash, AtAnyMomentOnTheHostsNetwork) {
  RuntimeFixture fixture;
  const std::string mounts = ReadAll("/proc/self/mountinfo");
  for (int step = 0; step < 40 && !::testing::Test::HasFailure(); ++step) {
    KillAfter(fixture, fixture.PodConfig("one"), step * absl::Milliseconds(7));
    Recover(fixture);
  }
  EXPECT_EQ(ReadAll("/proc/self/mountinfo"), mounts);
}

KERNEL_TEST(RecoveryFromACrash, AtAnyMomentWithANetwork) {
  NetworkFixture fixture;
  for (int step = 0; step < 16 && !::testing::Test::HasFailure(); ++step) {
    KillAfter(fixture, fixture.NetworkPodConfig("one"), step * absl::Milliseconds(45));
    Recover(fixture);
    EXPECT_THAT(fixture.AddressesInUse(), ::testing::IsEmpty());
  }
}

}  // namespace
}  // namespace berth::runtime
