// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/figures.h"

#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/runtime/cgroup/fake_tree.h"

namespace berth::runtime {
namespace {

using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::UnorderedElementsAre;

constexpr uint64_t kSecond = 1'000'000'000;

CgroupHierarchies Version1(const FakeTree& tree) {
  CgroupHierarchies result;
  result.mode = CgroupMode::kV1;
  for (const char* controller : {"cpu", "cpuacct", "memory", "pids", "blkio", "hugetlb"}) {
    result.controllers[controller] = tree.Path(controller);
  }
  return result;
}

CgroupHierarchies Version2(const FakeTree& tree) {
  CgroupHierarchies result;
  result.mode = CgroupMode::kUnified;
  result.unified = tree.root();
  for (const char* controller : {"cpu", "memory", "pids", "io", "hugetlb"}) {
    result.controllers[controller] = tree.root();
  }
  return result;
}

TEST(Figures, Version1) {
  const FakeTree tree({
      {"cpuacct/c/cpuacct.usage", "5000\n"},
      {"cpuacct/c/cpuacct.stat",
       "user " + std::to_string(3 * sysconf(_SC_CLK_TCK)) + "\nsystem 0\n"},
      {"cpu/c/cpu.stat", "nr_periods 10\nnr_throttled 3\nthrottled_time 700\n"},
      {"cpu/c/cpu.shares", "512\n"},
      {"cpu/c/cpu.cfs_period_us", "100000\n"},
      {"cpu/c/cpu.cfs_quota_us", "-1\n"},
      {"memory/c/memory.usage_in_bytes", "1000\n"},
      {"memory/c/memory.limit_in_bytes", "4096\n"},
      {"memory/c/memory.stat",
       "pgfault 20\npgmajfault 2\ntotal_cache 400\ntotal_mapped_file 40\ntotal_pgfault 50\n"},
      {"memory/c/memory.max_usage_in_bytes", "3000\n"},
      {"memory/c/memory.failcnt", "6\n"},
      {"memory/c/memory.kmem.usage_in_bytes", "70\n"},
      {"memory/c/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"},
      {"memory/c/memory.soft_limit_in_bytes", "9223372036854771712\n"},
      {"pids/c/pids.max", "max\n"},
      {"blkio/c/blkio.throttle.io_service_bytes_recursive",
       "8:0 Read 4096\n8:0 Write 512\n8:0 Total 4608\nTotal 4608\n"},
      {"blkio/c/blkio.throttle.io_serviced_recursive", "8:0 Read 1\n8:0 Write 2\nTotal 3\n"},
      {"hugetlb/c/hugetlb.2MB.usage_in_bytes", "2097152\n"},
      {"hugetlb/c/hugetlb.2MB.max_usage_in_bytes", "4194304\n"},
  });
  const CgroupHierarchies hierarchies = Version1(tree);
  const auto figures = ReadFigures(Cgroup(hierarchies, "/c"), {"2MB", "1GB"});
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ(figures->stats.cpu_usage_ns, 5000u);
  EXPECT_THAT(figures->cpu_user_ns, Optional(3 * kSecond));
  EXPECT_THAT(figures->cpu_system_ns, Optional(0u));
  EXPECT_THAT(figures->cfs_periods, Optional(10u));
  EXPECT_THAT(figures->throttled_periods, Optional(3u));
  EXPECT_THAT(figures->throttled_ns, Optional(700u));
  EXPECT_THAT(figures->cpu_shares, Optional(512u));
  EXPECT_THAT(figures->cpu_period, Optional(100000u));
  EXPECT_EQ(figures->cpu_quota, std::nullopt);
  EXPECT_EQ(figures->memory_cache, 400u);
  EXPECT_EQ(figures->memory_mapped, 40u);
  EXPECT_THAT(figures->memory_max, Optional(3000u));
  EXPECT_EQ(figures->memory_failures, 6u);
  EXPECT_THAT(figures->kernel_memory, Optional(70u));
  EXPECT_EQ(figures->own_page_faults, 20u);
  EXPECT_EQ(figures->own_major_page_faults, 2u);
  EXPECT_EQ(figures->stats.page_faults, 50u);
  EXPECT_THAT(figures->oom_kills, Optional(2u));
  EXPECT_EQ(figures->memory_reservation, std::nullopt);
  EXPECT_EQ(figures->pids_limit, std::nullopt);
  ASSERT_EQ(figures->devices.size(), 1u);
  EXPECT_EQ(figures->devices[0].read_bytes, 4096u);
  EXPECT_EQ(figures->devices[0].writes, 2u);
  ASSERT_EQ(figures->hugepages.size(), 1u);
  EXPECT_EQ(figures->hugepages[0].size, "2MB");
  EXPECT_EQ(figures->hugepages[0].bytes, 2097152u);
  EXPECT_THAT(figures->hugepages[0].max_bytes, Optional(4194304u));
}

TEST(Figures, Version2) {
  const FakeTree tree({
      {"c/cpu.stat",
       "usage_usec 5\nuser_usec 3\nsystem_usec 2\nnr_periods 10\nnr_throttled 3\n"
       "throttled_usec 7\n"},
      {"c/cpu.weight", "100\n"},
      {"c/cpu.max", "50000 100000\n"},
      {"c/memory.current", "1000\n"},
      {"c/memory.max", "max\n"},
      {"c/memory.peak", "3000\n"},
      {"c/memory.events", "low 0\nhigh 0\nmax 9\noom 4\noom_kill 2\noom_group_kill 0\n"},
      {"c/memory.stat", "anon 300\nfile 400\nkernel 70\nfile_mapped 40\npgfault 50\n"},
      {"c/memory.low", "64\n"},
      {"c/pids.max", "100\n"},
      {"c/io.stat", "8:0 rbytes=4096 wbytes=512 rios=1 wios=2 dbytes=0 dios=0\n"},
      {"c/hugetlb.2MB.current", "0\n"},
  });
  const CgroupHierarchies hierarchies = Version2(tree);
  const auto figures = ReadFigures(Cgroup(hierarchies, "/c"), {"2MB"});
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_THAT(figures->cpu_user_ns, Optional(3000u));
  EXPECT_THAT(figures->cpu_system_ns, Optional(2000u));
  EXPECT_THAT(figures->throttled_ns, Optional(7000u));
  EXPECT_THAT(figures->cpu_shares, Optional(1024u));
  EXPECT_THAT(figures->cpu_period, Optional(100000u));
  EXPECT_THAT(figures->cpu_quota, Optional(50000u));
  EXPECT_THAT(figures->memory_max, Optional(3000u));
  EXPECT_EQ(figures->memory_failures, 0u);
  EXPECT_THAT(figures->kernel_memory, Optional(70u));
  EXPECT_EQ(figures->own_page_faults, 50u);
  EXPECT_THAT(figures->oom_kills, Optional(2u));
  EXPECT_THAT(figures->memory_reservation, Optional(64u));
  EXPECT_THAT(figures->pids_limit, Optional(100u));
  ASSERT_EQ(figures->devices.size(), 1u);
  EXPECT_EQ(figures->devices[0].major, 8u);
  EXPECT_EQ(figures->devices[0].written_bytes, 512u);
  EXPECT_EQ(figures->devices[0].reads, 1u);
  ASSERT_EQ(figures->hugepages.size(), 1u);
  EXPECT_EQ(figures->hugepages[0].max_bytes, std::nullopt);
}

TEST(Figures, OfAGoneCgroupAreNotFound) {
  const FakeTree tree;
  const CgroupHierarchies hierarchies = Version2(tree);
  EXPECT_TRUE(absl::IsNotFound(ReadFigures(Cgroup(hierarchies, "/c"), {}).status()));
}

TEST(Figures, WhatIsNoDeviceIsPassedOver) {
  EXPECT_THAT(ParseIoV1("Total 5\nx:y Read 1\n8:0 Read\n", ""), IsEmpty());
  EXPECT_THAT(ParseIoV2("8:0\nx rbytes=1\n\n"), IsEmpty());
  EXPECT_EQ(ParseIoV2("7:1 rbytes=3\n8:16 wios=4 cost.usage=1\n").size(), 2u);
}

TEST(Figures, SharesAreThoseOfTheWeight) {
  EXPECT_EQ(CpuShares(1), 2u);
  EXPECT_EQ(CpuShares(100), 1024u);
  EXPECT_EQ(CpuShares(10000), 262144u);
  for (uint64_t weight : {2, 39, 59, 500, 9999}) {
    EXPECT_LE(CpuWeight(CpuShares(weight)), weight);
  }
}

TEST(Figures, SizesOfHugepagesAreThoseOfTheKernel) {
  const FakeTree tree;
  for (const char* name : {"hugepages-64kB", "hugepages-2048kB", "hugepages-1048576kB", "other"}) {
    tree.MakeDirectory(name);
  }
  EXPECT_THAT(HugepageSizes(tree.root()), UnorderedElementsAre("64KB", "2MB", "1GB"));
  EXPECT_THAT(HugepageSizes(tree.Path("none")), IsEmpty());
}

}  // namespace
}  // namespace berth::runtime
