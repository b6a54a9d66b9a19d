// SPDX-License-Identifier: Apache-2.0
#include "runtime/host.h"

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Host, FactsOfThisMachineMakeSense) {
  ASSERT_OK_AND_ASSIGN(const CgroupHierarchies hierarchies, FindHierarchies());
  ASSERT_OK_AND_ASSIGN(const HostFacts facts, FindHostFacts(hierarchies));
  EXPECT_FALSE(facts.hostname.empty());
  EXPECT_NE(facts.capabilities & 1, 0u);  // CAP_CHOWN; tests run as root
  EXPECT_GE(facts.kernel_major, 5u);
  EXPECT_GE(facts.max_open_files, 1024u);
  EXPECT_TRUE(facts.recursive_read_only);
  EXPECT_FALSE(facts.cgroup_mounts.empty());
}

TEST(Host, ContextsOfContainersAreThePolicys) {
  HostFacts facts;
  ReadSelinuxContexts("", facts);
  EXPECT_EQ(facts.selinux_process, "system_u:system_r:container_t:s0");
  ReadSelinuxContexts(
      "# comment\nprocess = \"u:r:svirt_lxc_net_t:s0\"\nsandbox_kvm_process = \"u:r:kvm_t:s0\"\n"
      "file=\"u:object_r:svirt_sandbox_file_t:s0\"\nfile = unquoted\nro_file = "
      "\"u:object_r:svirt_ro_t:s0\"\n",
      facts);
  EXPECT_EQ(facts.selinux_process, "u:r:svirt_lxc_net_t:s0");
  EXPECT_EQ(facts.selinux_file, "u:object_r:svirt_sandbox_file_t:s0");
  EXPECT_EQ(facts.selinux_layers, "u:object_r:svirt_ro_t:s0");
}

TEST(Host, LayersAreLabelledWhereContainersAreOnly) {
  const test::TempDir space;
  HostFacts facts;
  EXPECT_THAT(LabelLayers(facts, space.Join("layers")), test::IsOk());
  EXPECT_FALSE(std::filesystem::exists(space.Join("layers")));
}

TEST(Host, UnifiedCgroupsAreOneMount) {
  HostFacts facts;
  PlanCgroupMounts({}, facts);
  ASSERT_EQ(facts.cgroup_mounts.size(), 1u);
  EXPECT_EQ(facts.cgroup_mounts[0].name, "");
  EXPECT_EQ(facts.cgroup_mounts[0].type, "cgroup2");
  EXPECT_THAT(facts.cgroup_links, IsEmpty());
}

TEST(Host, HybridCgroupsAreAMountEach) {
  CgroupHierarchies hierarchies;
  hierarchies.mode = CgroupMode::kHybrid;
  hierarchies.unified = "/sys/fs/cgroup/unified";
  hierarchies.v1_hierarchies = {{"/sys/fs/cgroup/cpu,cpuacct", {"cpu", "cpuacct"}},
                                {"/sys/fs/cgroup/memory", {"memory"}},
                                {"/sys/fs/cgroup/systemd", {"name=systemd"}}};
  HostFacts facts;
  PlanCgroupMounts(hierarchies, facts);
  ASSERT_EQ(facts.cgroup_mounts.size(), 4u);
  EXPECT_EQ(facts.cgroup_mounts[0].name, "cpu,cpuacct");
  EXPECT_EQ(facts.cgroup_mounts[0].type, "cgroup");
  ASSERT_EQ(facts.cgroup_mounts[0].options.size(), 2u);
  EXPECT_EQ(facts.cgroup_mounts[0].options[1].key, "cpuacct");
  ASSERT_EQ(facts.cgroup_mounts[2].options.size(), 2u);
  EXPECT_EQ(facts.cgroup_mounts[2].options[0].key, "none");
  EXPECT_EQ(facts.cgroup_mounts[2].options[1].key, "name");
  EXPECT_EQ(facts.cgroup_mounts[2].options[1].value, "systemd");
  EXPECT_EQ(facts.cgroup_mounts[3].name, "unified");
  EXPECT_THAT(facts.cgroup_links,
              ElementsAre(Pair("cpu", "cpu,cpuacct"), Pair("cpuacct", "cpu,cpuacct")));
}

}  // namespace
}  // namespace berth::runtime
