// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/cgroup.h"

#include <sys/mman.h>

#include <array>

#include "absl/strings/ascii.h"
#include "gmock/gmock.h"

#include "base/clock.h"
#include "runtime/cgroup/control_file.h"
#include "runtime/cgroup/stats.h"
#include "tests/kernel/runtime/cgroup/test_cgroup.h"
#include "tests/support/eventually.h"
#include "tests/support/kernel_test.h"
#include "tests/support/sanitizer.h"

namespace berth::runtime {
namespace {

using test::IsOk;

constexpr int64_t kMiB = 1 << 20;

std::string ReadText(const std::string& path) {
  absl::StatusOr<std::string> text = ReadControlFile(path, kMaxControlFile);
  EXPECT_THAT(text, IsOk());
  return text.ok() ? std::string(absl::StripAsciiWhitespace(*text)) : "";
}

void ApplyLimits(const TestCgroup& cgroup, const CgroupResources& resources) {
  const absl::StatusOr<CgroupLimits> current = cgroup->LimitsInForce();
  ASSERT_THAT(current, IsOk());
  EXPECT_THAT(cgroup->Apply(PlanResources(cgroup.hierarchies(), resources, *current)), IsOk());
}

int TouchMemory(size_t size) {
  char* memory = static_cast<char*>(
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (memory == MAP_FAILED) {
    return 1;
  }
  madvise(memory, size, MADV_NOHUGEPAGE);  // so that each page is a fault
  for (size_t i = 0; i < size; i += 4096) {
    static_cast<volatile char*>(memory)[i] = 1;
  }
  return 0;
}

KERNEL_TEST(Cgroup, IsMadeInEveryHierarchyAndRemovedWithTheParentWeMade) {
  const CgroupHierarchies hierarchies = NodeHierarchies();
  const Cgroup cgroup(hierarchies, absl::StrCat("/berth-test-", RandomHex(6), "/a/b"));
  ASSERT_THAT(cgroup.Create(), IsOk());
  EXPECT_THAT(cgroup.Create(), IsOk());
  const std::vector<std::string> directories = cgroup.directories();
  EXPECT_GE(directories.size(), 1u);
  for (const std::string& directory : directories) {
    EXPECT_EQ(access(directory.c_str(), F_OK), 0) << directory;
  }
  EXPECT_THAT(cgroup.IsEmpty(), test::IsOkAndHolds(true));
  EXPECT_THAT(cgroup.Remove(), IsOk());
  EXPECT_THAT(cgroup.Remove(), IsOk());
  for (const std::string& directory : directories) {
    const std::string top = directory.substr(0, directory.size() - 4);
    EXPECT_NE(access(top.c_str(), F_OK), 0) << top;
  }
}

KERNEL_TEST(Cgroup, TakesItsFirstProcessFromTheParent) {
  const TestCgroup parent(NodeHierarchies());
  const pid_t pid = parent.Start([] { return pause(); });
  const Cgroup first(parent.hierarchies(), parent->path() + "/first");
  const std::string processes = parent->unified_directory() + "/cgroup.procs";
  ASSERT_TRUE(test::Eventually([&] { return !ReadText(processes).empty(); }));
  EXPECT_THAT(first.CreateWith(pid), IsOk());
  EXPECT_EQ(ReadText(first.unified_directory() + "/cgroup.procs"), absl::StrCat(pid));
  // Which on cgroup2 it could not have while the parent had a process.
  EXPECT_THAT(Cgroup(parent.hierarchies(), parent->path() + "/second").Create(), IsOk());
  EXPECT_THAT(first.CreateWith(1 << 30), test::StatusIs(absl::StatusCode::kInternal));
}

KERNEL_TEST(Cgroup, AParentOfAnothersStays) {
  const CgroupHierarchies hierarchies = NodeHierarchies();
  const std::string name = absl::StrCat("/berth-test-", RandomHex(6));
  const std::string theirs = hierarchies.controllers.at("memory") + name;
  ASSERT_EQ(mkdir(theirs.c_str(), 0755), 0);
  const Cgroup cgroup(hierarchies, name + "/c");
  EXPECT_THAT(cgroup.Create(), IsOk());
  EXPECT_THAT(cgroup.Remove(), IsOk());
  EXPECT_EQ(access(theirs.c_str(), F_OK), 0);
  for (const std::string& directory : Cgroup(hierarchies, name).directories()) {
    EXPECT_EQ(access(directory.c_str(), F_OK) == 0, directory == theirs) << directory;
  }
  EXPECT_EQ(rmdir(theirs.c_str()), 0);
}

KERNEL_TEST(Cgroup, LimitsAreInForceWhereTheyWereWritten) {
  const TestCgroup cgroup(NodeHierarchies());
  CgroupResources resources;
  resources.cpu_shares = 512;
  resources.cpu_period = 50000;
  resources.cpu_quota = 25000;
  resources.memory_limit = 32 * kMiB;
  resources.memory_and_swap = 32 * kMiB;
  resources.cpuset_cpus = "0";
  resources.pids_limit = 20;
  ApplyLimits(cgroup, resources);
  EXPECT_EQ(ReadText(cgroup->directory("pids") + "/pids.max"), "20");
  EXPECT_EQ(ReadText(cgroup->directory("cpuset") + "/cpuset.cpus"), "0");
  EXPECT_THAT(cgroup->MemoryLimit(), test::IsOkAndHolds(32 * kMiB));
  if (cgroup->IsUnified("cpu")) {
    EXPECT_EQ(ReadText(cgroup->directory("cpu") + "/cpu.max"), "25000 50000");
  } else {
    EXPECT_EQ(ReadText(cgroup->directory("cpu") + "/cpu.shares"), "512");
    EXPECT_EQ(ReadText(cgroup->directory("cpu") + "/cpu.cfs_quota_us"), "25000");
    EXPECT_EQ(ReadText(cgroup->directory("cpu") + "/cpu.cfs_period_us"), "50000");
    EXPECT_NE(ReadText(cgroup->directory("cpuset") + "/cpuset.mems"), "");
  }
}

KERNEL_TEST(Cgroup, LimitsCanBeRaisedAndLowered) {
  const TestCgroup cgroup(NodeHierarchies());
  for (const int64_t limit : {64 * kMiB, 128 * kMiB, 32 * kMiB, int64_t{-1}, 48 * kMiB}) {
    CgroupResources resources;
    resources.memory_limit = limit;
    resources.memory_and_swap = limit;
    ApplyLimits(cgroup, resources);
    const absl::StatusOr<CgroupLimits> current = cgroup->LimitsInForce();
    ASSERT_THAT(current, IsOk());
    EXPECT_EQ(current->memory.value_or(-1), limit);
  }
}

KERNEL_TEST(Cgroup, PeriodAndQuotaChangeTogetherBelowALimitedParent) {
  const TestCgroup parent(NodeHierarchies());
  const Cgroup child(parent.hierarchies(), parent->path() + "/child");
  ASSERT_THAT(child.Create(), IsOk());
  CgroupResources resources;
  resources.cpu_period = 100000;
  resources.cpu_quota = 50000;
  ApplyLimits(parent, resources);
  for (const auto& [period, quota] : {std::pair(100000, 50000), {10000, 5000}, {100000, 50000}}) {
    resources.cpu_period = period;
    resources.cpu_quota = quota;
    EXPECT_THAT(child.Apply(PlanResources(parent.hierarchies(), resources, {})), IsOk());
  }
}

KERNEL_TEST(Cgroup, MemoryLimitKillsAndTheKillIsCounted) {
  const TestCgroup cgroup(NodeHierarchies());
  CgroupResources resources;
  resources.memory_limit = 16 * kMiB;
  resources.memory_and_swap = 16 * kMiB;
  ApplyLimits(cgroup, resources);
  EXPECT_EQ(WaitFor(cgroup.Start([] { return TouchMemory(64 * kMiB); })), 1000 + SIGKILL);
  EXPECT_GE(FindKeyed(ReadText(cgroup->oom_file()), "oom_kill").value_or(0), 1u);
  const absl::StatusOr<CgroupStats> stats = ReadStats(*cgroup);
  ASSERT_THAT(stats, IsOk());
  EXPECT_EQ(stats->memory_limit, static_cast<uint64_t>(16 * kMiB));
}

KERNEL_TEST(Cgroup, PidsLimitStopsForks) {
  const TestCgroup cgroup(NodeHierarchies());
  CgroupResources resources;
  resources.pids_limit = 3 * (1 + test::kSanitizerThreads);
  ApplyLimits(cgroup, resources);
  const auto count_forks = [] {
    for (int forks = 0;; ++forks) {
      const pid_t pid = fork();
      if (pid == 0) {
        pause();
      }
      if (pid < 0) {
        return errno == EAGAIN ? forks : 77;
      }
    }
  };
  EXPECT_EQ(WaitFor(cgroup.Start(count_forks)), 2);
}

KERNEL_TEST(Cgroup, StatsTellWhatWasUsed) {
  const TestCgroup cgroup(NodeHierarchies());
  const auto work = [] {
    const absl::Time end = SteadyNow() + absl::Milliseconds(100);
    TouchMemory(8 * kMiB);
    while (SteadyNow() < end) {
    }
    raise(SIGSTOP);
    return 0;
  };
  const pid_t pid = cgroup.Start(work);
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, WUNTRACED), pid);
  ASSERT_TRUE(WIFSTOPPED(status));
  const absl::StatusOr<CgroupStats> stats = ReadStats(*cgroup);
  ASSERT_THAT(stats, IsOk());
  EXPECT_GT(stats->cpu_usage_ns, 10'000'000u);
  EXPECT_LT(stats->cpu_usage_ns, 10'000'000'000u);
  EXPECT_GE(stats->memory_rss, static_cast<uint64_t>(8 * kMiB));
  EXPECT_GE(stats->memory_working_set, static_cast<uint64_t>(8 * kMiB));
  EXPECT_LT(stats->memory_usage, static_cast<uint64_t>(64 * kMiB));
  EXPECT_GE(stats->page_faults, 2048u);
  EXPECT_EQ(stats->pids, 1u + test::kSanitizerThreads);
  EXPECT_EQ(stats->memory_limit, std::nullopt);
}

}  // namespace
}  // namespace berth::runtime
