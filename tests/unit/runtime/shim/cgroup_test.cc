// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/cgroup.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/support/file_tree.h"
#include "tests/support/temp_dir.h"

namespace berth::shim {
namespace {

using test::Dir;
using test::File;

constexpr char kHybrid[] =
    "9:name=systemd:/\n8:pids:/pods/a/c\n4:memory:/pods/a/c\n1:cpu,cpuacct:/\n"
    "0::/pods/a/c/exec-3\n";

TEST(ListsCgroup, TakesAnyMountPoint) {
  EXPECT_TRUE(ListsCgroup(kHybrid, "/sys/fs/cgroup/memory/pods/a/c", false));
  EXPECT_TRUE(ListsCgroup(kHybrid, "/sys/fs/cgroup/unified/pods/a/c/exec-3", true));
  EXPECT_TRUE(ListsCgroup("0::/pods/a\n", "/sys/fs/cgroup/pods/a", true));
}

TEST(ListsCgroup, RefusesOthersAndTheRoot) {
  EXPECT_FALSE(ListsCgroup(kHybrid, "/sys/fs/cgroup/memory/pods/a", false));
  EXPECT_FALSE(ListsCgroup(kHybrid, "/sys/fs/cgroup/memory/pods/a/c2", false));
  EXPECT_FALSE(ListsCgroup(kHybrid, "/sys/fs/cgroup/cpu/", false));
  EXPECT_FALSE(ListsCgroup("", "/sys/fs/cgroup/memory/pods/a", false));
  EXPECT_FALSE(ListsCgroup("nonsense", "/sys/fs/cgroup/memory/pods/a", false));
  EXPECT_FALSE(ListsCgroup("8:pids:/a", "/sys/fs/cgroup/pids/b", false));
}

TEST(ListsCgroup, TellsTheUnifiedHierarchyFromTheOthers) {
  EXPECT_FALSE(ListsCgroup(kHybrid, "/sys/fs/cgroup/unified/pods/a/c", true));
  EXPECT_FALSE(ListsCgroup(kHybrid, "/sys/fs/cgroup/memory/pods/a/c/exec-3", false));
}

TEST(ListsCgroup, TakesThoseBelowWhereAsked) {
  constexpr char kDirectory[] = "/sys/fs/cgroup/pods/a/c";
  EXPECT_FALSE(ListsCgroup("0::/pods/a/c/exec-3\n", kDirectory, true));
  EXPECT_TRUE(ListsCgroupOrBelow("0::/pods/a/c/exec-3\n", kDirectory, true));
  EXPECT_TRUE(ListsCgroupOrBelow("0::/pods/a/c/x/y/z\n", kDirectory, true));
  EXPECT_TRUE(ListsCgroupOrBelow("0::/pods/a/c\n", kDirectory, true));
  EXPECT_FALSE(ListsCgroupOrBelow("0::/pods/a/d\n", kDirectory, true));
  EXPECT_FALSE(ListsCgroupOrBelow("0::/\n", kDirectory, true));
  EXPECT_FALSE(ListsCgroupOrBelow("0::/pods/a/c\n", kDirectory, false));
  EXPECT_TRUE(ListsCgroupOrBelow("3:pids:/pods/a/c/x\n", kDirectory, false));
}

TEST(OomKills, AreReadFromBothVersions) {
  EXPECT_EQ(ParseOomKills("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"), 3u);
  EXPECT_EQ(ParseOomKills("low 0\nhigh 0\nmax 5\noom 2\noom_kill 1\noom_group_kill 0\n"), 1u);
  EXPECT_EQ(ParseOomKills("oom_kill 7\n"), 7u);
  EXPECT_EQ(ParseOomKills("oom_kill_disable 1\n"), 0u);
  EXPECT_EQ(ParseOomKills("oom_kill x\n"), 0u);
  EXPECT_EQ(ParseOomKills(""), 0u);
  EXPECT_EQ(ReadOomKills("/nowhere"), 0u);
}

TEST(KillDirectory, IsThatOfThePidsControllerWithoutVersionTwo) {
  test::TempDir directory;
  test::MakeTree(directory.path(), {Dir("memory"), Dir("pids", {File("pids.current")})});
  const std::string memory = directory.Join("memory");
  const std::string pids = directory.Join("pids");
  const char* const both[] = {memory.c_str(), pids.c_str()};
  EXPECT_EQ(FindKillDirectory(both), 1u);
  EXPECT_EQ(FindKillDirectory(std::span(both).first(1)), 0u);
}

TEST(JoinCgroups, RefusesWhatIsNoCgroup) {
  test::TempDir directory;
  test::MakeTree(directory.path(), {Dir("fake", {File("tasks"), File("cgroup.procs")})});
  const std::string fake = directory.Join("fake");
  const char* const directories[] = {fake.c_str()};
  EXPECT_EQ(JoinCgroups(directories).error().code, EINVAL);
  EXPECT_EQ(directory.Read("fake/tasks"), "");
  EXPECT_EQ(ConfirmCgroups(directories).error().code, ESRCH);
  EXPECT_TRUE(ConfirmCgroups({}).ok());
}

}  // namespace
}  // namespace berth::shim
