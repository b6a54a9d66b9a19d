// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/mount_plan.h"

#include "gtest/gtest.h"

namespace berth::shim {
namespace {

TEST(MountPlan, FindsDestinationsAndLinksBelowThem) {
  runtime::LaunchPlan plan;
  plan.mounts.emplace_back().destination = "/dev";
  plan.symlinks = {{"/sys/fs/cgroup/cpu", "cpu,cpuacct"}};
  EXPECT_TRUE(HasDestination(plan, "/dev"));
  EXPECT_FALSE(HasDestination(plan, "/dev/pts"));
  EXPECT_TRUE(HoldsSymlinks(plan, "/sys/fs/cgroup"));
  EXPECT_TRUE(HoldsSymlinks(plan, "/sys"));
  EXPECT_FALSE(HoldsSymlinks(plan, "/sys/fs/cgroup/cpu"));
  EXPECT_FALSE(HoldsSymlinks(plan, "/sys/fs/cg"));
}

TEST(MountPlan, SplitsAPathIntoItsPlaceAndItsName) {
  EXPECT_EQ(SplitParent("/dev/null").parent, "/dev");
  EXPECT_EQ(SplitParent("/dev/null").name, "null");
  EXPECT_EQ(SplitParent("/null").parent, "/");
  EXPECT_EQ(SplitParent("/null").name, "null");
  EXPECT_EQ(SplitParent("null").parent, "/");
  EXPECT_EQ(SplitParent("null").name, "null");
  EXPECT_EQ(SplitParent("/dev/").name, "");
  EXPECT_EQ(SplitParent("/").name, "");
}

}  // namespace
}  // namespace berth::shim
