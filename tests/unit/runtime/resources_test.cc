// SPDX-License-Identifier: Apache-2.0
#include "runtime/resources.h"

#include <functional>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(ResourcesOfTheCri, ZeroIsUnset) {
  ASSERT_OK_AND_ASSIGN(const CgroupResources result, ToCgroupResources({}));
  EXPECT_FALSE(result.cpu_period || result.cpu_quota || result.cpu_shares || result.memory_limit ||
               result.memory_and_swap || result.cpuset_cpus || result.cpuset_mems);
  EXPECT_TRUE(result.hugepages.empty() && result.unified.empty());
}

TEST(ResourcesOfTheCri, EveryFieldIsTaken) {
  v1::LinuxContainerResources asked;
  asked.set_cpu_period(100000);
  asked.set_cpu_quota(-1);
  asked.set_cpu_shares(2);
  asked.set_memory_limit_in_bytes(1 << 20);
  asked.set_memory_swap_limit_in_bytes(2 << 20);
  asked.set_cpuset_cpus("0-1,3");
  asked.set_cpuset_mems("0");
  v1::HugepageLimit* pages = asked.add_hugepage_limits();
  pages->set_page_size("2MB");
  (*asked.mutable_unified())["memory.oom.group"] = "1";
  (*asked.mutable_unified())["hugetlb.2MB.max"] = "0";
  ASSERT_OK_AND_ASSIGN(const CgroupResources result, ToCgroupResources(asked));
  EXPECT_EQ(result.cpu_period, 100000);
  EXPECT_EQ(result.cpu_quota, -1);
  EXPECT_EQ(result.cpu_shares, 2);
  EXPECT_EQ(result.memory_limit, 1 << 20);
  EXPECT_EQ(result.memory_and_swap, 2 << 20);
  EXPECT_EQ(result.cpuset_cpus, "0-1,3");
  EXPECT_EQ(result.cpuset_mems, "0");
  EXPECT_THAT(result.hugepages, ElementsAre(Pair("2MB", 0)));
  EXPECT_EQ(result.unified.size(), 2u);
}

TEST(ResourcesOfTheCri, AMemoryLimitAloneMeansNoSwap) {
  struct Case {
    int64_t limit, sum;
    std::optional<int64_t> expected_limit, expected_sum;
  };
  const Case cases[] = {
      {500, 0, 500, 500}, {500, 500, 500, 500}, {500, 900, 500, 900}, {500, -1, 500, -1},
      {-1, 0, -1, -1},    {-1, -1, -1, -1},     {0, -1, {}, {}},      {0, 0, {}, {}},
  };
  for (const Case& c : cases) {
    v1::LinuxContainerResources asked;
    asked.set_memory_limit_in_bytes(c.limit);
    asked.set_memory_swap_limit_in_bytes(c.sum);
    ASSERT_OK_AND_ASSIGN(const CgroupResources result, ToCgroupResources(asked));
    EXPECT_EQ(result.memory_limit, c.expected_limit) << c.limit << " " << c.sum;
    EXPECT_EQ(result.memory_and_swap, c.expected_sum) << c.limit << " " << c.sum;
  }
}

TEST(ResourcesOfTheCri, WhatNoKernelTakesIsRefused) {
  const auto refused = [](const std::function<void(v1::LinuxContainerResources&)>& set) {
    v1::LinuxContainerResources asked;
    set(asked);
    return absl::IsInvalidArgument(ToCgroupResources(asked).status());
  };
  using R = v1::LinuxContainerResources;
  EXPECT_TRUE(refused([](R& r) { r.set_cpu_period(999); }));
  EXPECT_TRUE(refused([](R& r) { r.set_cpu_period(1000001); }));
  EXPECT_TRUE(refused([](R& r) { r.set_cpu_period(-1); }));
  EXPECT_TRUE(refused([](R& r) { r.set_cpu_quota(999); }));
  EXPECT_TRUE(refused([](R& r) { r.set_cpu_quota(-2); }));
  EXPECT_TRUE(refused([](R& r) { r.set_cpu_shares(-1); }));
  EXPECT_TRUE(refused([](R& r) { r.set_memory_limit_in_bytes(-2); }));
  EXPECT_TRUE(refused([](R& r) { r.set_memory_swap_limit_in_bytes(-2); }));
  EXPECT_TRUE(refused([](R& r) { r.set_memory_swap_limit_in_bytes(5); }));
  EXPECT_TRUE(refused([](R& r) {
    r.set_memory_limit_in_bytes(10);
    r.set_memory_swap_limit_in_bytes(5);
  }));
  EXPECT_TRUE(refused([](R& r) { r.set_cpuset_cpus("0\n1"); }));
  EXPECT_TRUE(refused([](R& r) { r.set_cpuset_mems("all"); }));
}

TEST(ResourcesOfTheCri, NamesThatBecomeFilesAreChecked) {
  for (const char* size : {"", "MB", "2mb", "2 MB", "../../x2MB", "2MB/..", "123456789MB"}) {
    v1::LinuxContainerResources asked;
    asked.add_hugepage_limits()->set_page_size(size);
    EXPECT_THAT(ToCgroupResources(asked), StatusIs(absl::StatusCode::kInvalidArgument)) << size;
  }
  for (const char* file : {"", "memory", "memory.", ".max", "cgroup.procs", "cgroup.kill",
                           "../x.max", "memory/x.max", "memory..max", "memory.max\n"}) {
    v1::LinuxContainerResources asked;
    (*asked.mutable_unified())[file] = "1";
    EXPECT_THAT(ToCgroupResources(asked),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("unified")))
        << file;
  }
  v1::LinuxContainerResources asked;
  (*asked.mutable_unified())["memory.max"] = std::string("1\0", 2);
  EXPECT_THAT(ToCgroupResources(asked), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ResourcesOfTheCri, AnUpdateChangesOnlyWhatItSets) {
  v1::LinuxContainerResources applied;
  applied.set_cpu_shares(100);
  applied.set_memory_limit_in_bytes(500);
  applied.set_cpuset_cpus("0");
  applied.add_hugepage_limits()->set_page_size("2MB");
  applied.mutable_hugepage_limits(0)->set_limit(7);
  (*applied.mutable_unified())["memory.high"] = "1";
  v1::LinuxContainerResources update;
  update.set_cpu_shares(200);
  update.set_cpu_quota(-1);
  update.add_hugepage_limits()->set_page_size("2MB");
  update.add_hugepage_limits()->set_page_size("1GB");
  (*update.mutable_unified())["memory.high"] = "2";
  (*update.mutable_unified())["memory.low"] = "3";
  const v1::LinuxContainerResources merged = MergeResources(applied, update);
  EXPECT_EQ(merged.cpu_shares(), 200);
  EXPECT_EQ(merged.cpu_quota(), -1);
  EXPECT_EQ(merged.memory_limit_in_bytes(), 500);
  EXPECT_EQ(merged.cpuset_cpus(), "0");
  ASSERT_EQ(merged.hugepage_limits_size(), 2);
  EXPECT_EQ(merged.hugepage_limits(0).limit(), 0u);
  EXPECT_EQ(merged.unified().at("memory.high"), "2");
  EXPECT_EQ(merged.unified().size(), 2u);
}

TEST(ResourcesOfTheCri, DeviceRulesAreTakenOver) {
  const std::vector<DeviceRule> rules =
      ToDeviceRules({{true, 'c', 1, 3, "rw"}, {false, 'b', {}, {}, "m"}});
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[0].type, 'c');
  EXPECT_EQ(rules[0].minor, 3u);
  EXPECT_FALSE(rules[1].allow);
  EXPECT_EQ(rules[1].major, std::nullopt);
  EXPECT_EQ(rules[1].access, "m");
}

TEST(Resources, AUnifiedLimitOfProcessesHoldsOnBothVersions) {
  v1::LinuxContainerResources asked;
  (*asked.mutable_unified())["pids.max"] = "12";
  ASSERT_OK_AND_ASSIGN(CgroupResources planned, ToCgroupResources(asked));
  EXPECT_EQ(planned.pids_limit, 12);
  EXPECT_TRUE(planned.unified.empty());
  (*asked.mutable_unified())["pids.max"] = "max";
  ASSERT_OK_AND_ASSIGN(planned, ToCgroupResources(asked));
  EXPECT_EQ(planned.pids_limit, -1);
  for (const char* nonsense : {"", "-2", "many"}) {
    (*asked.mutable_unified())["pids.max"] = nonsense;
    EXPECT_THAT(ToCgroupResources(asked).status(), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace berth::runtime
