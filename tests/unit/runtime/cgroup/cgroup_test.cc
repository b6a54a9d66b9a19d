// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/cgroup.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/runtime/cgroup/fake_tree.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;

CgroupHierarchies Hybrid() {
  CgroupHierarchies result;
  result.mode = CgroupMode::kHybrid;
  result.unified = "/cg/unified";
  result.v1_hierarchies = {{"/cg/cpu", {"cpu", "cpuacct"}}, {"/cg/memory", {"memory"}}};
  result.controllers = {{"cpu", "/cg/cpu"}, {"cpuacct", "/cg/cpu"}, {"memory", "/cg/memory"}};
  return result;
}

TEST(Cgroup, IsJoinedInEveryHierarchyOnce) {
  const CgroupHierarchies hierarchies = Hybrid();
  const Cgroup cgroup(hierarchies, "/pods/a");
  EXPECT_THAT(cgroup.directories(),
              ElementsAre("/cg/cpu/pods/a", "/cg/memory/pods/a", "/cg/unified/pods/a"));
  EXPECT_EQ(cgroup.directory("cpuacct"), "/cg/cpu/pods/a");
  EXPECT_EQ(cgroup.directory("pids"), "");
  EXPECT_EQ(cgroup.oom_file(), "/cg/memory/pods/a/memory.oom_control");
}

TEST(Cgroup, CountsOomKillsInVersion2sOwnFile) {
  CgroupHierarchies hierarchies;
  hierarchies.unified = "/cg";
  hierarchies.controllers["memory"] = "/cg";
  EXPECT_EQ(Cgroup(hierarchies, "/a").oom_file(), "/cg/a/memory.events");
}

TEST(Cgroup, ItsPathStaysBelowTheHierarchy) {
  const CgroupHierarchies hierarchies = Hybrid();
  EXPECT_EQ(Cgroup(hierarchies, "../../etc").path(), "/etc");
  EXPECT_EQ(Cgroup(hierarchies, "a//b/./c/").path(), "/a/b/c");
}

TEST(Cgroup, TheRootIsRefused) {
  const CgroupHierarchies hierarchies = Hybrid();
  const Cgroup root(hierarchies, "/x/..");
  EXPECT_EQ(root.path(), "/");
  EXPECT_TRUE(absl::IsInvalidArgument(root.Create()));
  EXPECT_TRUE(absl::IsInvalidArgument(root.Kill(absl::InfiniteFuture())));
  EXPECT_TRUE(absl::IsInvalidArgument(root.Remove()));
  EXPECT_TRUE(absl::IsInvalidArgument(root.Apply({})));
  EXPECT_TRUE(absl::IsInvalidArgument(root.ApplyDevices({})));
  EXPECT_TRUE(absl::IsInvalidArgument(root.SetFrozen(true)));
}

TEST(Cgroup, AGoneOneIsEmptyAndDead) {
  const FakeTree tree;
  CgroupHierarchies hierarchies;
  hierarchies.mode = CgroupMode::kHybrid;
  hierarchies.unified = tree.Path("unified");
  hierarchies.v1_hierarchies.push_back({tree.Path("memory"), {"memory"}});
  hierarchies.controllers["memory"] = tree.Path("memory");
  const Cgroup cgroup(hierarchies, "/gone");
  EXPECT_TRUE(*cgroup.IsEmpty());
  EXPECT_TRUE(cgroup.Processes()->empty());
  EXPECT_TRUE(cgroup.Kill(absl::InfinitePast()).ok());
  EXPECT_TRUE(cgroup.Remove().ok());
}

TEST(Cgroup, ReadsTheLimitInForce) {
  const FakeTree tree({{"a/memory.max", "4096\n"}, {"b/memory.max", "max\n"}});
  CgroupHierarchies hierarchies;
  hierarchies.unified = tree.root();
  hierarchies.controllers["memory"] = tree.root();
  EXPECT_EQ(*Cgroup(hierarchies, "a").MemoryLimit(), std::optional<int64_t>(4096));
  EXPECT_EQ(*Cgroup(hierarchies, "b").MemoryLimit(), std::nullopt);
}

TEST(Cgroup, ReadsWhatAPlanStartsFrom) {
  const FakeTree tree({{"a/memory.max", "4096\n"},
                       {"a/cpu.max", "25000 50000\n"},
                       {"b/memory.max", "max\n"},
                       {"b/cpu.max", "max 100000\n"}});
  CgroupHierarchies hierarchies;
  hierarchies.unified = tree.root();
  hierarchies.controllers["memory"] = tree.root();
  EXPECT_EQ(Cgroup(hierarchies, "a").LimitsInForce()->cpu_quota, std::nullopt)
      << "of a controller that the node lacks";
  hierarchies.controllers["cpu"] = tree.root();
  EXPECT_EQ(Cgroup(hierarchies, "a").LimitsInForce()->memory, std::optional<int64_t>(4096));
  EXPECT_EQ(Cgroup(hierarchies, "a").LimitsInForce()->cpu_quota, std::optional<int64_t>(25000));
  EXPECT_EQ(Cgroup(hierarchies, "b").LimitsInForce()->memory, std::nullopt);
  EXPECT_EQ(Cgroup(hierarchies, "b").LimitsInForce()->cpu_quota, std::nullopt);
}

}  // namespace
}  // namespace berth::runtime
