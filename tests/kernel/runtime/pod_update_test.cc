// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_update.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

v1::LinuxContainerResources Memory(int64_t limit) {
  v1::LinuxContainerResources resources;
  resources.set_memory_limit_in_bytes(limit);
  return resources;
}

KERNEL_TEST(UpdatePodResources, LimitsThePodsCgroupAndIsOnRecord) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const Cgroup cgroup(fixture.hierarchies(), absl::StrCat(fixture.cgroup_root(), "/", pod));
  EXPECT_THAT(runtime.UpdatePodResources(fixture.Soon(), pod, Memory(16 << 20), Memory(64 << 20)),
              test::IsOk());
  EXPECT_EQ(cgroup.MemoryLimit().value(), 80 << 20);
  EXPECT_THAT(runtime.UpdatePodResources(fixture.Soon(), pod, {}, Memory(128 << 20)), test::IsOk());
  EXPECT_EQ(cgroup.MemoryLimit().value(), 144 << 20);
  v1::LinuxContainerResources impossible = Memory(96 << 20);
  impossible.set_cpu_period(1);
  EXPECT_THAT(runtime.UpdatePodResources(fixture.Soon(), pod, {}, impossible),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(cgroup.MemoryLimit().value(), 144 << 20);
  PodRuntime& reopened = fixture.Open();
  const v1::LinuxPodSandboxConfig recorded = reopened.FindPod(pod)->config.linux();
  EXPECT_EQ(recorded.overhead().memory_limit_in_bytes(), 16 << 20);
  EXPECT_EQ(recorded.resources().memory_limit_in_bytes(), 128 << 20);
  EXPECT_THAT(reopened.StopPod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(reopened.UpdatePodResources(fixture.Soon(), pod, {}, Memory(64 << 20)),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(reopened.RemovePod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(reopened.UpdatePodResources(fixture.Soon(), pod, {}, Memory(64 << 20)),
              test::StatusIs(absl::StatusCode::kNotFound));
}

KERNEL_TEST(UpdatePodResources, OfWhichOnePartFailsChangesNothing) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const Cgroup cgroup(fixture.hierarchies(), absl::StrCat(fixture.cgroup_root(), "/", pod));
  EXPECT_THAT(runtime.UpdatePodResources(fixture.Soon(), pod, {}, Memory(64 << 20)), test::IsOk());
  v1::LinuxContainerResources impossible = Memory(128 << 20);
  impossible.set_cpuset_cpus("4000-4001");  // which no machine has
  EXPECT_THAT(runtime.UpdatePodResources(fixture.Soon(), pod, {}, impossible),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(cgroup.MemoryLimit().value(), 64 << 20);
  EXPECT_EQ(runtime.FindPod(pod)->config.linux().resources().memory_limit_in_bytes(), 64 << 20);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

}  // namespace
}  // namespace berth::runtime
