// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/default_mounts.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/spec/mount_attributes.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;

constexpr uint64_t kInert = kMountNoSuid | kMountNoDev | kMountNoExec;

PodFiles Files() {
  return {"/p/hosts", "/p/hostname", "/p/resolv.conf", "/p/shm"};
}

// Of a container that asks for nothing.
const v1::LinuxContainerSecurityContext kPlain;

const MountPlan& At(const std::vector<MountPlan>& mounts, const std::string& destination) {
  static const auto* none = new MountPlan;
  const auto found = std::find_if(mounts.begin(), mounts.end(), [&](const MountPlan& mount) {
    return mount.destination == destination;
  });
  EXPECT_NE(found, mounts.end()) << destination;
  return found == mounts.end() ? *none : *found;
}

std::vector<std::string> Lines(const std::vector<MountPlan>& mounts) {
  std::vector<std::string> lines;
  for (const MountPlan& mount : mounts) {
    lines.push_back(absl::StrCat(mount.source, " ", mount.destination));
  }
  return lines;
}

TEST(DefaultMounts, UnifiedCgroups) {
  HostFacts facts;
  facts.cgroup_mounts = {{"", "cgroup2", {}}};
  const std::vector<MountPlan> mounts = DefaultMounts(facts, Files(), kPlain);
  EXPECT_THAT(Lines(mounts),
              ElementsAre("proc /proc", "sysfs /sys", "cgroup2 /sys/fs/cgroup",
                          "mqueue /dev/mqueue", "/p/shm /dev/shm", "/p/hosts /etc/hosts",
                          "/p/hostname /etc/hostname", "/p/resolv.conf /etc/resolv.conf"));
  EXPECT_EQ(At(mounts, "/proc").attributes, kInert);
  EXPECT_EQ(At(mounts, "/sys").attributes, kInert | kMountReadOnly);
  EXPECT_EQ(At(mounts, "/sys/fs/cgroup").attributes, kInert | kMountReadOnly);
  EXPECT_EQ(At(mounts, "/dev/shm").attributes, kInert);
  EXPECT_EQ(At(mounts, "/dev/shm").kind, MountKind::kBind);
}

TEST(DefaultMounts, ThePodsFilesBelongToTheRootOfAUserNamespace) {
  for (const MountPlan& mount : DefaultMounts({}, Files(), kPlain, true)) {
    EXPECT_EQ(mount.mapped_ids, mount.destination.starts_with("/etc/")) << mount.destination;
  }
  for (const MountPlan& mount : DefaultMounts({}, Files(), kPlain)) {
    EXPECT_FALSE(mount.mapped_ids) << mount.destination;
  }
}

TEST(DefaultMounts, Version1CgroupsAreDirectoriesOfATmpfs) {
  HostFacts facts;
  facts.cgroup_mounts = {{"cpu,cpuacct", "cgroup", {{"cpu", ""}, {"cpuacct", ""}}},
                         {"unified", "cgroup2", {}}};
  const std::vector<MountPlan> mounts = DefaultMounts(facts, Files(), kPlain);
  EXPECT_EQ(At(mounts, "/sys/fs/cgroup").source, "tmpfs");
  EXPECT_EQ(At(mounts, "/sys/fs/cgroup").attributes, kInert);  // closed when all is mounted in it
  const MountPlan& cpu = At(mounts, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(cpu.kind, MountKind::kFilesystem);
  EXPECT_EQ(cpu.source, "cgroup");
  EXPECT_EQ(cpu.options.size(), 2u);
  EXPECT_EQ(cpu.attributes, kInert | kMountReadOnly);
  EXPECT_EQ(At(mounts, "/sys/fs/cgroup/unified").source, "cgroup2");
}

TEST(DefaultMounts, PrivilegedMayWrite) {
  HostFacts facts;
  facts.cgroup_mounts = {{"", "cgroup2", {}}};
  v1::LinuxContainerSecurityContext security;
  security.set_privileged(true);
  const std::vector<MountPlan> mounts = DefaultMounts(facts, Files(), security);
  EXPECT_EQ(At(mounts, "/sys").attributes, kInert);
  EXPECT_EQ(At(mounts, "/sys/fs/cgroup").attributes, kInert);
}

TEST(DefaultMounts, ThePodsFilesAreReadOnlyAsTheRootIs) {
  v1::LinuxContainerSecurityContext security;
  for (const bool read_only : {false, true}) {
    security.set_readonly_rootfs(read_only);
    const std::vector<MountPlan> mounts = DefaultMounts({}, Files(), security);
    for (const char* file : {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}) {
      EXPECT_EQ(At(mounts, file).attributes, read_only ? kInert | kMountReadOnly : kInert) << file;
    }
    EXPECT_EQ(At(mounts, "/dev/shm").attributes, kInert);
  }
}

TEST(DefaultMounts, ThePodsFilesMayBeReadOnlyThemselves) {
  PodFiles files = Files();
  files.read_only = true;
  for (const MountPlan& mount : DefaultMounts({}, files, kPlain)) {
    const bool is_file = mount.destination.starts_with("/etc/");
    EXPECT_EQ((mount.attributes & kMountReadOnly) != 0, is_file || mount.destination == "/sys")
        << mount.destination;
  }
}

TEST(DefaultMounts, EmptyPathsAreLeftOut) {
  EXPECT_THAT(Lines(DefaultMounts({}, {}, kPlain)),
              ElementsAre("proc /proc", "sysfs /sys", "mqueue /dev/mqueue"));
}

}  // namespace
}  // namespace berth::runtime
