// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/cgroup_kill.h"

#include <sys/prctl.h>

#include <cerrno>
#include <thread>

#include "gmock/gmock.h"

#include "base/clock.h"
#include "tests/kernel/runtime/cgroup/test_cgroup.h"
#include "tests/support/kernel_test.h"

namespace berth::runtime {
namespace {

using test::IsOk;
using test::IsOkAndHolds;

void AwaitProcesses(const Cgroup& cgroup, size_t count) {
  const absl::Time deadline = Soon();
  size_t seen = 0;
  while (seen < count && SteadyNow() < deadline) {
    seen = cgroup.Processes().value_or(std::vector<int>()).size();
  }
  EXPECT_GE(seen, count);
}

int SleepWithChildren(int children) {
  for (int i = 0; i < children; ++i) {
    if (fork() == 0) {
      pause();
    }
  }
  pause();
  return 0;
}

// Replaces itself as fast as it can, so that a list of processes is always out of date.
int RunAway() {
  for (;;) {
    if (fork() > 0) {
      _exit(0);
    }
  }
}

void ExpectKillEndsAll(const TestCgroup& cgroup) {
  ASSERT_THAT(cgroup->IsEmpty(), IsOkAndHolds(false));
  EXPECT_THAT(cgroup->Kill(Soon()), IsOk());
  EXPECT_THAT(cgroup->IsEmpty(), IsOkAndHolds(true));
  const absl::StatusOr<std::vector<int>> left = cgroup->Processes();
  ASSERT_THAT(left, IsOk());
  EXPECT_THAT(*left, ::testing::IsEmpty());
}

void ExpectKillsMany(const TestCgroup& cgroup) {
  cgroup.Start([] { return SleepWithChildren(20); });
  AwaitProcesses(*cgroup, 21);
  ExpectKillEndsAll(cgroup);
}

// As systemd removes an empty scope.
KERNEL_TEST(CgroupKill, TakesARemovalByOthersForTheEnd) {
  for (int round = 0; round < 50; ++round) {
    const TestCgroup cgroup(OnlyUnified());
    cgroup.Start([] { return pause(); });
    AwaitProcesses(*cgroup, 1);
    std::thread remover([&] {
      while (rmdir(cgroup->unified_directory().c_str()) != 0 && errno == EBUSY) {
      }
    });
    EXPECT_THAT(cgroup->Kill(Soon()), IsOk());
    remover.join();
  }
}

KERNEL_TEST(CgroupKill, EndsManyProcessesOnThisNode) {
  ExpectKillsMany(TestCgroup(NodeHierarchies()));
}

KERNEL_TEST(CgroupKill, EndsManyProcessesWithVersion1Alone) {
  if (!NodeHierarchies().v1()) {
    GTEST_SKIP() << "the node has no cgroup v1";
  }
  ExpectKillsMany(TestCgroup(OnlyVersion1()));
}

KERNEL_TEST(CgroupKill, EndsManyProcessesWithCgroup2Alone) {
  if (NodeHierarchies().unified.empty()) {
    GTEST_SKIP() << "the node has no cgroup2";
  }
  ExpectKillsMany(TestCgroup(OnlyUnified()));
}

void ExpectKillsARunaway(const TestCgroup& cgroup) {
  cgroup.Start(RunAway);
  AwaitProcesses(*cgroup, 1);
  EXPECT_THAT(cgroup->Kill(Soon()), IsOk());
  EXPECT_THAT(cgroup->IsEmpty(), IsOkAndHolds(true));
}

KERNEL_TEST(CgroupKill, EndsWhatForksFasterThanOneCanList) {
  ExpectKillsARunaway(TestCgroup(NodeHierarchies()));
  if (NodeHierarchies().v1()) {
    ExpectKillsARunaway(TestCgroup(OnlyVersion1()));
  }
}

KERNEL_TEST(CgroupKill, EndsWhatIsFrozen) {
  for (const CgroupHierarchies& hierarchies : {NodeHierarchies(), OnlyVersion1()}) {
    if (hierarchies.controllers.empty()) {
      continue;
    }
    const TestCgroup cgroup(hierarchies);
    cgroup.Start([] { return SleepWithChildren(2); });
    AwaitProcesses(*cgroup, 3);
    ASSERT_THAT(cgroup->SetFrozen(true), IsOk());
    ExpectKillEndsAll(cgroup);
  }
}

KERNEL_TEST(CgroupKill, ReachesCgroupsBelowAndRemovesThem) {
  const TestCgroup cgroup(NodeHierarchies());
  const Cgroup below(cgroup.hierarchies(), cgroup->path() + "/below/deeper");
  ASSERT_THAT(below.Create(), IsOk());
  const pid_t pid = fork();
  if (pid == 0) {
    for (const std::string& directory : below.directories()) {
      const std::string file = directory + "/cgroup.procs";
      if (!sys::WriteControlFile(AT_FDCWD, file.c_str(), "0", 1).ok()) {
        _exit(99);
      }
    }
    pause();
  }
  AwaitProcesses(*cgroup, 1);
  ExpectKillEndsAll(cgroup);
  EXPECT_EQ(WaitFor(pid), 1000 + SIGKILL);
}

KERNEL_TEST(CgroupKill, EndsWhatLeftTheCgroup2OfAHybrid) {
  if (NodeHierarchies().mode != CgroupMode::kHybrid) {
    GTEST_SKIP() << "the node is not hybrid";
  }
  const TestCgroup cgroup(NodeHierarchies());
  const std::string elsewhere = cgroup.hierarchies().unified + "/cgroup.procs";
  const pid_t pid = cgroup.Start([&] {
    return sys::WriteControlFile(AT_FDCWD, elsewhere.c_str(), "0", 1).ok() ? pause() : 99;
  });
  AwaitProcesses(*cgroup, 1);
  EXPECT_THAT(cgroup->Kill(Soon()), IsOk());
  EXPECT_EQ(WaitFor(pid), 1000 + SIGKILL);
}

}  // namespace
}  // namespace berth::runtime
