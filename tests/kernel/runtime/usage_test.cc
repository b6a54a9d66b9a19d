// SPDX-License-Identifier: Apache-2.0
#include "runtime/usage.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

KERNEL_TEST(Usage, OfAPodIsThatOfAllItRuns) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const PodUsage empty = runtime.UsageOfPod(pod).value();
  const std::string one = fixture.Start(pod, "one", "exec sleep 1000");
  const std::string two = fixture.Start(pod, "two", "sleep 1000 & exec sleep 1000");
  ASSERT_TRUE(Eventually([&] { return runtime.Usage(two)->pids == 2; }));
  const PodUsage usage = runtime.UsageOfPod(pod).value();
  EXPECT_EQ(usage.processes, empty.processes + 3);
  const std::vector<int> processes = runtime.Processes(two).value();
  EXPECT_EQ(processes.size(), 2u);
  EXPECT_EQ(std::count(processes.begin(), processes.end(), runtime.FindContainer(two)->pid), 1);
  EXPECT_GT(usage.total.cpu_ns, runtime.Usage(one)->cpu_ns);
  EXPECT_GT(usage.total.memory_working_set, runtime.Usage(one)->memory_working_set);
  EXPECT_NE(usage.total.at, absl::Time());
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod), test::IsOk());
  EXPECT_THAT(runtime.UsageOfPod(pod), test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(runtime.FiguresOfPod(pod), test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(runtime.Usage(one), test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(runtime.Processes(one), test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(Usage, ThatIsAvailableIsLimitedByThePodsParentToo) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  v1::PodSandboxConfig config = fixture.PodConfig("one");
  const std::string parent = fixture.cgroup_root() + "/kubelets";
  config.mutable_linux()->set_cgroup_parent(parent);
  const std::string pod = fixture.RunPod(config);
  EXPECT_EQ(runtime.UsageOfPod(pod)->total.memory_available, std::nullopt);
  CgroupResources limits;
  limits.memory_limit = 64 << 20;
  ASSERT_THAT(
      Cgroup(fixture.hierarchies(), parent).Apply(PlanResources(fixture.hierarchies(), limits, {})),
      test::IsOk());
  EXPECT_LE(runtime.UsageOfPod(pod)->total.memory_available.value_or(UINT64_MAX), 64u << 20);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(Figures, CountWhatAContainerHolds) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = fixture.Start(pod, "main", "exec 7</etc/passwd; exec sleep 1000");
  ASSERT_TRUE(Eventually([&] { return runtime.Usage(container)->pids == 1; }));
  const Figures figures = runtime.FiguresOfContainer(container).value();
  EXPECT_EQ(figures.cgroup_path, absl::StrCat(fixture.cgroup_root(), "/", pod, "/", container));
  EXPECT_GT(figures.cgroup.stats.cpu_usage_ns, 0u);
  EXPECT_GT(figures.cgroup.stats.memory_usage, 0u);
  EXPECT_TRUE(figures.cgroup.cpu_user_ns.has_value());
  EXPECT_TRUE(figures.cgroup.cpu_shares.has_value());
  EXPECT_EQ(figures.cgroup.oom_kills, 0u);
  ASSERT_TRUE(figures.processes.has_value());
  EXPECT_EQ(figures.processes->processes, 1u);
  EXPECT_GE(figures.processes->descriptors, 3u);
  EXPECT_TRUE(figures.processes->open_files_limit.has_value());
  EXPECT_THAT(runtime.FiguresOfPod(pod), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

}  // namespace
}  // namespace berth::runtime
