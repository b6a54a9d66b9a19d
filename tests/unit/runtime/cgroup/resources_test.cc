// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/resources.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CgroupHierarchies Version1() {
  CgroupHierarchies result;
  result.mode = CgroupMode::kV1;
  for (const char* controller : {"cpu", "cpuset", "memory", "pids", "hugetlb"}) {
    result.controllers[controller] = absl::StrCat("/sys/fs/cgroup/", controller);
  }
  return result;
}

CgroupHierarchies Version2() {
  CgroupHierarchies result;
  result.mode = CgroupMode::kUnified;
  result.unified = "/sys/fs/cgroup";
  for (const char* controller : {"cpu", "cpuset", "memory", "pids", "hugetlb", "io"}) {
    result.controllers[controller] = "/sys/fs/cgroup";
  }
  return result;
}

std::vector<std::string> Lines(const CgroupHierarchies& hierarchies,
                               const CgroupResources& resources, const CgroupLimits& current = {}) {
  std::vector<std::string> lines;
  for (const CgroupWrite& write : PlanResources(hierarchies, resources, current)) {
    lines.push_back(absl::StrCat(write.file, "=", write.value, write.optional ? "?" : ""));
  }
  return lines;
}

CgroupResources Everything() {
  CgroupResources resources;
  resources.cpu_period = 50000;
  resources.cpu_quota = 25000;
  resources.cpu_shares = 1024;
  resources.memory_limit = 1 << 20;
  resources.memory_and_swap = 3 << 20;
  resources.cpuset_cpus = "0-1";
  resources.cpuset_mems = "0";
  resources.pids_limit = 7;
  resources.hugepages["2MB"] = 0;
  resources.unified["memory.high"] = "900000";
  resources.unified["io.max"] = "8:0 rbps=1\n8:16 rbps=2\n";
  return resources;
}

TEST(Resources, Version1) {
  EXPECT_THAT(Lines(Version1(), Everything()),
              ElementsAre("cpu.shares=1024", "cpu.cfs_period_us=50000", "cpu.cfs_quota_us=25000",
                          "memory.limit_in_bytes=1048576", "memory.memsw.limit_in_bytes=3145728?",
                          "cpuset.cpus=0-1", "cpuset.mems=0", "pids.max=7",
                          "hugetlb.2MB.limit_in_bytes=0?", "hugetlb.2MB.rsvd.limit_in_bytes=0?"));
}

TEST(Resources, Version2) {
  EXPECT_THAT(Lines(Version2(), Everything()),
              ElementsAre("cpu.weight=100", "cpu.max=25000 50000", "memory.max=1048576",
                          "memory.swap.max=2097152?", "cpuset.cpus=0-1", "cpuset.mems=0",
                          "pids.max=7", "hugetlb.2MB.max=0?", "hugetlb.2MB.rsvd.max=0?",
                          "io.max=8:0 rbps=1", "io.max=8:16 rbps=2", "memory.high=900000"));
}

TEST(Resources, UnsetChangesNothing) {
  EXPECT_THAT(Lines(Version1(), {}), IsEmpty());
  EXPECT_THAT(Lines(Version2(), {}), IsEmpty());
}

TEST(Resources, MinusOneIsUnlimited) {
  CgroupResources resources;
  resources.cpu_quota = -1;
  resources.memory_limit = -1;
  resources.memory_and_swap = -1;
  resources.pids_limit = -1;
  EXPECT_THAT(Lines(Version1(), resources),
              ElementsAre("cpu.cfs_quota_us=-1", "memory.limit_in_bytes=-1",
                          "memory.memsw.limit_in_bytes=-1?", "pids.max=max"));
  EXPECT_THAT(Lines(Version2(), resources),
              ElementsAre("cpu.max=max", "memory.max=max", "memory.swap.max=max?", "pids.max=max"));
}

TEST(Resources, OfQuotaAndPeriodTheOneThatIsNotGivenStays) {
  CgroupResources period;
  period.cpu_period = 50000;
  EXPECT_THAT(Lines(Version1(), period, {.cpu_quota = 20000}),
              ElementsAre("cpu.cfs_period_us=50000"));
  EXPECT_THAT(Lines(Version2(), period, {.cpu_quota = 20000}), ElementsAre("cpu.max=20000 50000"));
  EXPECT_THAT(Lines(Version2(), period), ElementsAre("cpu.max=max 50000"));
  CgroupResources quota;
  quota.cpu_quota = 30000;
  EXPECT_THAT(Lines(Version1(), quota), ElementsAre("cpu.cfs_quota_us=30000"));
  EXPECT_THAT(Lines(Version2(), quota, {.cpu_quota = 20000}), ElementsAre("cpu.max=30000"));
}

TEST(Resources, Version1RaisesTheSumBeforeTheLimitAndLowersItAfter) {
  CgroupResources resources;
  resources.memory_limit = 200;
  resources.memory_and_swap = 300;
  const std::vector<std::string> limit_first = {"memory.limit_in_bytes=200",
                                                "memory.memsw.limit_in_bytes=300?"};
  const std::vector<std::string> sum_first = {"memory.memsw.limit_in_bytes=300?",
                                              "memory.limit_in_bytes=200"};
  EXPECT_EQ(Lines(Version1(), resources, {}), limit_first);
  EXPECT_EQ(Lines(Version1(), resources, {.memory = 400}), limit_first);
  EXPECT_EQ(Lines(Version1(), resources, {.memory = 100}), sum_first);
  resources.memory_limit = -1;
  EXPECT_EQ(Lines(Version1(), resources, {.memory = 100}).front(),
            "memory.memsw.limit_in_bytes=300?");
}

TEST(Resources, NoSwapOnVersion2) {
  CgroupResources resources;
  resources.memory_limit = 500;
  resources.memory_and_swap = 500;
  EXPECT_THAT(Lines(Version2(), resources), ElementsAre("memory.max=500", "memory.swap.max=0?"));
}

TEST(Resources, LeavesOutControllersThatTheNodeLacks) {
  CgroupHierarchies only_memory;
  only_memory.mode = CgroupMode::kV1;
  only_memory.controllers["memory"] = "/sys/fs/cgroup/memory";
  CgroupResources resources = Everything();
  resources.memory_and_swap.reset();
  EXPECT_THAT(Lines(only_memory, resources), ElementsAre("memory.limit_in_bytes=1048576"));
}

TEST(Resources, HybridWritesHugepagesToCgroup2) {
  CgroupHierarchies hybrid = Version1();
  hybrid.mode = CgroupMode::kHybrid;
  hybrid.unified = "/sys/fs/cgroup/unified";
  hybrid.controllers["hugetlb"] = hybrid.unified;
  CgroupResources resources;
  resources.hugepages["2MB"] = 4096;
  resources.unified["memory.high"] = "1";
  EXPECT_THAT(Lines(hybrid, resources),
              ElementsAre("hugetlb.2MB.max=4096?", "hugetlb.2MB.rsvd.max=4096?"));
}

TEST(Resources, WeightOfShares) {
  const std::pair<uint64_t, uint64_t> cases[] = {
      {0, 1}, {1, 1}, {2, 1}, {3, 2}, {1024, 100}, {262144, 10000}, {1000000, 10000}};
  for (const auto& [shares, weight] : cases) {
    EXPECT_EQ(CpuWeight(shares), weight) << shares;
  }
  uint64_t last = 0;
  for (uint64_t shares = 2; shares <= 262144; shares *= 2) {
    EXPECT_GE(CpuWeight(shares), last);
    last = CpuWeight(shares);
  }
}

TEST(Resources, SharesStayInTheKernelsRange) {
  CgroupResources resources;
  resources.cpu_shares = 0;
  EXPECT_THAT(Lines(Version1(), resources), ElementsAre("cpu.shares=2"));
  resources.cpu_shares = 1 << 20;
  EXPECT_THAT(Lines(Version1(), resources), ElementsAre("cpu.shares=262144"));
}

TEST(Resources, WhatVersion1HasUnderOtherNamesIsWrittenThere) {
  CgroupResources resources;
  resources.unified = {{"memory.low", "max"},
                       {"memory.swappiness", "10"},
                       {"memory.oom_control", "1"},
                       {"io.bfq.weight", "300\n8:0 20\n"},
                       {"io.max", "8:0 rbps=1 wbps=2 riops=3 wiops=max\n8:16 rbps=4\n"}};
  CgroupHierarchies hierarchies = Version1();
  hierarchies.controllers["blkio"] = "/sys/fs/cgroup/blkio";
  EXPECT_THAT(
      Lines(hierarchies, resources),
      ElementsAre("blkio.bfq.weight=300?", "blkio.bfq.weight_device=8:0 20?",
                  "blkio.throttle.read_bps_device=8:0 1", "blkio.throttle.write_bps_device=8:0 2",
                  "blkio.throttle.read_iops_device=8:0 3", "blkio.throttle.write_iops_device=8:0 0",
                  "blkio.throttle.read_bps_device=8:16 4", "memory.soft_limit_in_bytes=-1",
                  "memory.oom_control=1", "memory.swappiness=10"));
  EXPECT_THAT(Lines(Version2(), resources), ::testing::Contains("io.bfq.weight=8:0 20?"));
}

}  // namespace
}  // namespace berth::runtime
