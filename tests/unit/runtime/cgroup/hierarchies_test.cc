// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/hierarchies.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr char kHybrid[] =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw shared:9 master:3 - cgroup cgroup rw,memory\n"
    "36 31 0:33 / /sys/fs/cgroup/net_cls rw - cgroup cgroup rw,net_cls\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n"
    "42 31 0:32 /pod /var/lib/x rw - cgroup cgroup rw,memory\n"
    "43 31 0:32 / /mnt/again rw - cgroup cgroup rw,memory\n";

TEST(Hierarchies, HybridKeepsControllersOnVersion1) {
  const CgroupHierarchies found = ParseHierarchies(kHybrid, "hugetlb\n");
  EXPECT_EQ(found.mode, CgroupMode::kHybrid);
  EXPECT_TRUE(found.v1());
  EXPECT_EQ(found.unified, "/sys/fs/cgroup/unified");
  EXPECT_THAT(found.controllers,
              UnorderedElementsAre(Pair("cpu", "/sys/fs/cgroup/cpu,cpuacct"),
                                   Pair("cpuacct", "/sys/fs/cgroup/cpu,cpuacct"),
                                   Pair("memory", "/sys/fs/cgroup/memory"),
                                   Pair("name=systemd", "/sys/fs/cgroup/systemd"),
                                   Pair("hugetlb", "/sys/fs/cgroup/unified")));
  ASSERT_EQ(found.v1_hierarchies.size(), 3u);
  EXPECT_THAT(found.v1_hierarchies[0].options, ElementsAre("cpu", "cpuacct"));
  EXPECT_TRUE(found.IsUnified("hugetlb"));
  EXPECT_FALSE(found.IsUnified("memory"));
  EXPECT_FALSE(found.IsUnified("io"));
}

TEST(Hierarchies, UnifiedHasAllControllersInOnePlace) {
  const CgroupHierarchies found =
      ParseHierarchies("30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n",
                       "cpuset cpu io memory pids\n");
  EXPECT_EQ(found.mode, CgroupMode::kUnified);
  EXPECT_FALSE(found.v1());
  EXPECT_THAT(found.v1_hierarchies, IsEmpty());
  EXPECT_EQ(found.controllers.at("memory"), "/sys/fs/cgroup");
  EXPECT_TRUE(found.IsUnified("cpuset"));
}

TEST(Hierarchies, SystemdsTrackerBesideAFullCgroup2CountsForNothing) {
  const CgroupHierarchies found = ParseHierarchies(
      "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
      "31 23 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n",
      "memory");
  EXPECT_EQ(found.mode, CgroupMode::kUnified);
  EXPECT_THAT(found.v1_hierarchies, IsEmpty());
}

TEST(Hierarchies, WithoutCgroup2ItIsVersion1) {
  const CgroupHierarchies found =
      ParseHierarchies("35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", "");
  EXPECT_EQ(found.mode, CgroupMode::kV1);
  EXPECT_EQ(found.unified, "");
  EXPECT_FALSE(found.IsUnified("memory"));
}

TEST(Hierarchies, UnescapesMountPoints) {
  const CgroupHierarchies found =
      ParseHierarchies("35 31 0:32 / /sys/fs/my\\040cgroup rw - cgroup cgroup rw,memory\n", "");
  EXPECT_EQ(found.controllers.at("memory"), "/sys/fs/my cgroup");
}

TEST(Hierarchies, IgnoresWhatIsNoMountLine) {
  for (const char* text :
       {"", "\n\n", "a b c", " - ", "1 2 3 / /x - cgroup", "x - cgroup cgroup"}) {
    EXPECT_THAT(ParseHierarchies(text, "").controllers, IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace berth::runtime
