// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/stats.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/unit/runtime/cgroup/fake_tree.h"

namespace berth::runtime {
namespace {

CgroupHierarchies Version1(const FakeTree& tree) {
  CgroupHierarchies result;
  result.mode = CgroupMode::kV1;
  for (const char* controller : {"cpu", "cpuacct", "memory", "pids"}) {
    result.controllers[controller] = tree.Path(controller);
  }
  return result;
}

CgroupHierarchies Version2(const FakeTree& tree) {
  CgroupHierarchies result;
  result.mode = CgroupMode::kUnified;
  result.unified = tree.root();
  for (const char* controller : {"cpu", "memory", "pids"}) {
    result.controllers[controller] = tree.root();
  }
  return result;
}

std::map<std::string, std::string> Version1Files() {
  return {
      {"cpuacct/c/cpuacct.usage", "5000\n"},
      {"memory/c/memory.usage_in_bytes", "1000\n"},
      {"memory/c/memory.limit_in_bytes", "4096\n"},
      {"memory/c/memory.memsw.usage_in_bytes", "1100\n"},
      {"memory/c/memory.memsw.limit_in_bytes", "5096\n"},
      {"memory/c/memory.stat",
       "inactive_file 1\ntotal_cache 400\ntotal_rss 300\ntotal_pgfault 50\ntotal_pgmajfault 5\n"
       "total_inactive_file 250\n"},
      {"pids/c/pids.current", "4\n"},
  };
}

TEST(Stats, Version1) {
  const FakeTree tree(Version1Files());
  const CgroupHierarchies hierarchies = Version1(tree);
  const absl::StatusOr<CgroupStats> stats = ReadStats(Cgroup(hierarchies, "/c"));
  ASSERT_TRUE(stats.ok()) << stats.status();
  EXPECT_EQ(stats->cpu_usage_ns, 5000u);
  EXPECT_EQ(stats->memory_usage, 1000u);
  EXPECT_EQ(stats->memory_limit, 4096u);
  EXPECT_EQ(stats->memory_working_set, 750u);
  EXPECT_EQ(stats->memory_rss, 300u);
  EXPECT_EQ(stats->page_faults, 50u);
  EXPECT_EQ(stats->major_page_faults, 5u);
  EXPECT_EQ(stats->swap_usage, 100u);
  EXPECT_EQ(stats->swap_limit, 1000u);
  EXPECT_EQ(stats->pids, 4u);
}

TEST(Stats, Version1WithoutSwapAccountingOrLimits) {
  std::map<std::string, std::string> files = Version1Files();
  files.erase("memory/c/memory.memsw.usage_in_bytes");
  files["memory/c/memory.limit_in_bytes"] = "9223372036854771712\n";
  files["memory/c/memory.usage_in_bytes"] = "200\n";
  const FakeTree tree(files);
  const CgroupHierarchies hierarchies = Version1(tree);
  const absl::StatusOr<CgroupStats> stats = ReadStats(Cgroup(hierarchies, "/c"));
  ASSERT_TRUE(stats.ok()) << stats.status();
  EXPECT_EQ(stats->memory_limit, std::nullopt);
  EXPECT_EQ(stats->swap_usage, std::nullopt);
  EXPECT_EQ(stats->memory_working_set, 0u);  // less than its inactive files
}

TEST(Stats, Version2) {
  const FakeTree tree({
      {"c/cpu.stat",
       "usage_usec 5\nuser_usec 3\nsystem_usec 2\nnr_periods 10\nnr_throttled 3\n"
       "throttled_usec 7\n"},
      {"c/memory.current", "1000\n"},
      {"c/memory.max", "4096\n"},
      {"c/memory.swap.current", "100\n"},
      {"c/memory.swap.max", "max\n"},
      {"c/memory.stat", "anon 300\nfile 400\ninactive_file 250\npgfault 50\npgmajfault 5\n"},
      {"c/pids.current", "4\n"},
      {"c/cpu.pressure", "some avg10=1.50 avg60=0.00 avg300=0.00 total=7\n"},
  });
  const CgroupHierarchies hierarchies = Version2(tree);
  const absl::StatusOr<CgroupStats> stats = ReadStats(Cgroup(hierarchies, "/c"));
  ASSERT_TRUE(stats.ok()) << stats.status();
  EXPECT_EQ(stats->cpu_usage_ns, 5000u);
  EXPECT_EQ(stats->memory_working_set, 750u);
  EXPECT_EQ(stats->memory_rss, 300u);
  EXPECT_EQ(stats->memory_limit, 4096u);
  EXPECT_EQ(stats->swap_usage, 100u);
  EXPECT_EQ(stats->swap_limit, std::nullopt);
  EXPECT_EQ(stats->pids, 4u);
  ASSERT_TRUE(stats->cpu_pressure.has_value());
  EXPECT_EQ(stats->cpu_pressure->some.total_ns, 7000u);
  EXPECT_FALSE(stats->memory_pressure.has_value());  // as without PSI
}

TEST(Stats, AGoneCgroupIsNotFound) {
  const FakeTree tree;
  const CgroupHierarchies v1 = Version1(tree);
  const CgroupHierarchies v2 = Version2(tree);
  EXPECT_TRUE(absl::IsNotFound(ReadStats(Cgroup(v1, "/c")).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadStats(Cgroup(v2, "/c")).status()));
}

}  // namespace
}  // namespace berth::runtime
