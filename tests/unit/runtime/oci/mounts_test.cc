// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/mounts.h"

#include <string>

#include "gtest/gtest.h"

#include "runtime/spec/mount_attributes.h"

namespace berth::runtime::oci {
namespace {

constexpr uint64_t kInert = kMountNoSuid | kMountNoDev | kMountNoExec;

Json Parse(const char* text) {
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

MountPlan Filesystem(std::string type, std::string destination, uint64_t attributes) {
  MountPlan mount;
  mount.kind = MountKind::kFilesystem;
  mount.source = std::move(type);
  mount.destination = std::move(destination);
  mount.attributes = attributes;
  return mount;
}

MountPlan Bind(std::string destination, uint64_t propagation = 0) {
  MountPlan mount;
  mount.source = "/host";
  mount.destination = std::move(destination);
  mount.propagation = propagation;
  mount.attributes = kMountReadOnly;
  return mount;
}

TEST(OciMounts, BeginWithDevAndKeepTheOrder) {
  LaunchPlan plan;
  plan.mounts = {Filesystem("proc", "/proc", kInert), Bind("/data")};
  plan.mounts[0].options = {{"hidepid", "2"}, {"flag", ""}};
  EXPECT_EQ(MountsSection(plan, "/stage"), Parse(R"([
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
     "options": ["nosuid", "noexec", "strictatime", "mode=755", "size=64k"]},
    {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
     "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
    {"destination": "/proc", "type": "proc", "source": "proc",
     "options": ["nosuid", "nodev", "noexec", "hidepid=2", "flag"]},
    {"destination": "/data", "type": "bind", "source": "/stage/mounts/1",
     "options": ["rbind", "rprivate"]}])"));
}

TEST(OciMounts, LeaveADevOfTheHostAsItIs) {
  LaunchPlan plan;
  plan.mounts = {Bind("/dev")};
  EXPECT_EQ(MountsSection(plan, "/s").size(), 1u);
}

TEST(OciMounts, OfCgroupsAreOneOfEitherVersion) {
  LaunchPlan plan;
  plan.mounts = {Bind("/dev"), Filesystem("tmpfs", "/sys/fs/cgroup", kInert),
                 Filesystem("cgroup", "/sys/fs/cgroup/memory", kInert | kMountReadOnly),
                 Filesystem("cgroup2", "/sys/fs/cgroup/unified", kInert | kMountReadOnly)};
  const Json expected = Parse(R"({"destination": "/sys/fs/cgroup", "type": "cgroup",
    "source": "cgroup", "options": ["nosuid", "nodev", "noexec", "ro", "relatime"]})");
  ASSERT_EQ(MountsSection(plan, "/s").size(), 2u);
  EXPECT_EQ(MountsSection(plan, "/s")[1], expected);
  plan.mounts = {Bind("/dev"), Filesystem("cgroup2", "/sys/fs/cgroup", kInert | kMountReadOnly)};
  EXPECT_EQ(MountsSection(plan, "/s")[1], expected);
  plan.mounts = {Bind("/dev"), Bind("/sys/fs/cgroup")};  // of the host, as asked for
  EXPECT_EQ(MountsSection(plan, "/s")[1]["source"], "/s/mounts/1");
}

TEST(OciMounts, GetTheirPropagationFromTheRoot) {
  LaunchPlan plan;
  plan.mounts = {Bind("/a")};
  EXPECT_EQ(RootPropagation(plan), "");
  plan.mounts = {Bind("/a", kPropagationSlave)};
  EXPECT_EQ(RootPropagation(plan), "rslave");
  EXPECT_EQ(MountsSection(plan, "/s").back()["options"], Parse(R"(["rbind", "rslave"])"));
  plan.mounts.push_back(Bind("/b", kPropagationShared));
  EXPECT_EQ(RootPropagation(plan), "rshared");
  EXPECT_EQ(MountsSection(plan, "/s").back()["options"], Parse(R"(["rbind", "rshared"])"));
  plan.mounts.clear();
  plan.root_propagation = kPropagationShared;
  EXPECT_EQ(RootPropagation(plan), "rshared");
}

}  // namespace
}  // namespace berth::runtime::oci
