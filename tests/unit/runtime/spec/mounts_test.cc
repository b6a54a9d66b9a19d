// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/mounts.h"

#include <linux/mount.h>
#include <sys/mount.h>

#include "gmock/gmock.h"

#include "runtime/spec/mount_attributes.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/mount_fixture.h"

namespace berth::runtime {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

static_assert(kMountReadOnly == MOUNT_ATTR_RDONLY);
static_assert(kMountNoSuid == MOUNT_ATTR_NOSUID);
static_assert(kMountNoDev == MOUNT_ATTR_NODEV);
static_assert(kMountNoExec == MOUNT_ATTR_NOEXEC);
static_assert(kPropagationPrivate == MS_PRIVATE);
static_assert(kPropagationSlave == MS_SLAVE);
static_assert(kPropagationShared == MS_SHARED);

std::vector<std::string> Destinations(const PlannedMounts& planned) {
  std::vector<std::string> result;
  for (const MountPlan& mount : planned.mounts) {
    result.push_back(mount.destination);
  }
  return result;
}

using Mounts = MountTest;

TEST_F(Mounts, ParentsComeBeforeWhatLiesBelow) {
  Add("/b", "/a/b/c");
  Add("/a", "/a");
  Add("/z", "/a/z");
  ASSERT_OK_AND_ASSIGN(const PlannedMounts planned, PlanMounts(Inputs()));
  EXPECT_THAT(Destinations(planned),
              ElementsAre("/proc", "/sys", "/a", "/dev/mqueue", "/dev/shm", "/etc/hosts",
                          "/etc/hostname", "/etc/resolv.conf", "/a/z", "/sys/fs/cgroup", "/a/b/c"));
}

TEST_F(Mounts, TheRequestReplacesOurs) {
  Add("/kubelet/hosts", "/etc/hosts");
  Add("/shm", "/dev/shm");
  Add("/sys", "/sys");
  ASSERT_OK_AND_ASSIGN(const PlannedMounts planned, PlanMounts(Inputs()));
  for (const MountPlan& mount : planned.mounts) {
    if (mount.destination == "/etc/hosts") {
      EXPECT_EQ(mount.source, "/kubelet/hosts");
    }
    if (mount.destination == "/sys") {
      EXPECT_EQ(mount.kind, MountKind::kBind);
    }
  }
  EXPECT_EQ(planned.mounts.size(), 8u);
}

TEST_F(Mounts, ADevOfTheRequestIsLeftAsItIs) {
  Add("/dev", "/dev");
  ASSERT_OK_AND_ASSIGN(const PlannedMounts planned, PlanMounts(Inputs()));
  EXPECT_THAT(Destinations(planned), Not(Contains("/dev/mqueue")));
  EXPECT_THAT(Destinations(planned), Contains("/dev/shm"));
}

TEST_F(Mounts, NothingOfOursGoesBelowWhatTheHostShares) {
  host_.propagations["/etc"] = {.shared = true};
  Add("/etc", "/etc").set_propagation(v1::PROPAGATION_BIDIRECTIONAL);
  ASSERT_OK_AND_ASSIGN(const PlannedMounts planned, PlanMounts(Inputs()));
  EXPECT_THAT(Destinations(planned), Not(Contains("/etc/hosts")));
  EXPECT_THAT(Destinations(planned), Contains("/dev/shm"));
  EXPECT_EQ(planned.root_propagation, kPropagationShared);
}

TEST_F(Mounts, TheRootIsPrivateOtherwise) {
  host_.propagations["/data"] = {.shared = true};
  Add("/data", "/data").set_propagation(v1::PROPAGATION_HOST_TO_CONTAINER);
  ASSERT_OK_AND_ASSIGN(const PlannedMounts planned, PlanMounts(Inputs()));
  EXPECT_EQ(planned.root_propagation, 0u);
}

TEST_F(Mounts, Version1CgroupsAreClosedAfterwards) {
  facts_.cgroup_mounts = {{"cpu,cpuacct", "cgroup", {{"cpu", ""}}}, {"memory", "cgroup", {}}};
  facts_.cgroup_links = {{"cpu", "cpu,cpuacct"}};
  ASSERT_OK_AND_ASSIGN(PlannedMounts planned, PlanMounts(Inputs()));
  EXPECT_THAT(planned.read_only_paths, ElementsAre("/sys/fs/cgroup"));
  ASSERT_EQ(planned.symlinks.size(), 1u);
  EXPECT_EQ(planned.symlinks[0].path, "/sys/fs/cgroup/cpu");
  EXPECT_EQ(planned.symlinks[0].target, "cpu,cpuacct");

  container_.mutable_linux()->mutable_security_context()->set_privileged(true);
  ASSERT_OK_AND_ASSIGN(planned, PlanMounts(Inputs()));
  EXPECT_THAT(planned.read_only_paths, IsEmpty());

  Add("/sys/fs/cgroup", "/sys/fs/cgroup");
  ASSERT_OK_AND_ASSIGN(planned, PlanMounts(Inputs()));
  EXPECT_THAT(Destinations(planned), Not(Contains("/sys/fs/cgroup/memory")));
  EXPECT_THAT(planned.symlinks, IsEmpty());
}

TEST_F(Mounts, OneBadMountFailsAll) {
  Add("/data", "/data");
  Add("relative", "/x");
  EXPECT_THAT(PlanMounts(Inputs()), test::StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::runtime
