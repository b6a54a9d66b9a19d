// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_update.h"

#include "absl/strings/numbers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

int64_t MemoryLimit(RuntimeFixture& fixture, const std::string& pod, const std::string& container) {
  return fixture.CgroupOf(pod, container).MemoryLimit().value().value_or(-1);
}

v1::LinuxContainerResources Limits(int64_t memory, int64_t quota) {
  v1::LinuxContainerResources resources;
  resources.set_memory_limit_in_bytes(memory);
  resources.set_cpu_quota(quota);
  return resources;
}

KERNEL_TEST(UpdateResources, ChangesWhatIsCreatedAndWhatRuns) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = fixture.Create(pod, "main", "exec sleep 1000");
  EXPECT_THAT(runtime.UpdateResources(fixture.Soon(), container, Limits(64 << 20, 0)),
              test::IsOk());
  EXPECT_EQ(MemoryLimit(fixture, pod, container), 64 << 20);
  ASSERT_THAT(runtime.StartContainer(fixture.Soon(), container), test::IsOk());
  EXPECT_THAT(runtime.UpdateResources(fixture.Soon(), container, Limits(128 << 20, 50000)),
              test::IsOk());
  EXPECT_EQ(MemoryLimit(fixture, pod, container), 128 << 20);
  EXPECT_THAT(runtime.UpdateResources(fixture.Soon(), container, Limits(0, 60000)), test::IsOk());
  EXPECT_EQ(MemoryLimit(fixture, pod, container), 128 << 20);
  PodRuntime& reopened = fixture.Open();
  const v1::LinuxContainerResources reported = reopened.FindContainer(container)->resources.linux();
  EXPECT_EQ(reported.memory_limit_in_bytes(), 128 << 20);
  EXPECT_EQ(reported.cpu_quota(), 60000);
  EXPECT_THAT(reopened.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(UpdateResources, OfWhichOnePartFailsChangesNothing) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  ContainerRequest request = fixture.Request(*runtime.FindPod(pod), "main", "exec sleep 1000");
  v1::LinuxContainerResources& limits = *request.config.mutable_linux()->mutable_resources();
  limits = Limits(64 << 20, 50000);
  limits.set_cpu_shares(512);
  const std::string container = runtime.CreateContainer(fixture.Soon(), request).value();
  ASSERT_THAT(runtime.StartContainer(fixture.Soon(), container), test::IsOk());
  const Cgroup cgroup = fixture.CgroupOf(pod, container);
  const std::string weight =
      cgroup.directory("cpu") + (cgroup.IsUnified("cpu") ? "/cpu.weight" : "/cpu.shares");
  const std::string shares = ReadAll(weight);
  v1::LinuxContainerResources update = Limits(128 << 20, 60000);
  update.set_cpu_shares(2048);
  update.set_cpuset_cpus("4000-4001");  // which no machine has
  EXPECT_THAT(runtime.UpdateResources(fixture.Soon(), container, update),
              ::testing::Not(test::IsOk()));
  EXPECT_EQ(MemoryLimit(fixture, pod, container), 64 << 20);
  EXPECT_EQ(ReadAll(weight), shares);
  EXPECT_EQ(runtime.FindContainer(container)->resources.linux().cpu_quota(), 50000);
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), container, absl::ZeroDuration()), test::IsOk());
  EXPECT_THAT(runtime.UpdateResources(fixture.Soon(), container, Limits(0, 60000)),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

}  // namespace
}  // namespace berth::runtime
