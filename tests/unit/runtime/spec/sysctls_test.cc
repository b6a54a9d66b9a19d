// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/sysctls.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Lines(const std::vector<SysctlPlan>& sysctls) {
  std::vector<std::string> lines;
  for (const SysctlPlan& sysctl : sysctls) {
    lines.push_back(absl::StrCat(sysctl.path, "=", sysctl.value));
  }
  return lines;
}

TEST(Sysctls, NamesWithDotsOrSlashes) {
  const std::pair<const char*, const char*> cases[] = {
      {"kernel.shm_rmid_forced", "kernel/shm_rmid_forced"},
      {"net/ipv4/conf/eth0.1/rp_filter", "net/ipv4/conf/eth0.1/rp_filter"},
      {"net.ipv4.conf.eth0/1.rp_filter", "net/ipv4/conf/eth0.1/rp_filter"},
  };
  for (const auto& [name, path] : cases) {
    EXPECT_THAT(SysctlPath(name), test::IsOkAndHolds(path));
  }
  for (const char* name :
       {"", "kernel", ".", "..", "kernel..sem", ".kernel.sem", "kernel.sem.", "net/../kernel/x",
        "net/./x", "/net/ipv4", "kernel.sem=1", "kernel.shm_rmid_forced=1+kernel.core_pattern",
        "kernel.sem\n", "kernel sem.x", "net.ipv4./.x"}) {
    EXPECT_THAT(SysctlPath(name), StatusIs(absl::StatusCode::kInvalidArgument)) << name;
  }
  EXPECT_FALSE(SysctlPath("net." + std::string(kMaxSysctlName, 'x')).ok());
}

TEST(Sysctls, DefaultsComeWithANetworkOfItsOwn) {
  ASSERT_OK_AND_ASSIGN(std::vector<SysctlPlan> planned, PlanSysctls({}, true, true));
  EXPECT_THAT(Lines(planned), ElementsAre("net/ipv4/ip_unprivileged_port_start=0",
                                          "net/ipv4/ping_group_range=0 2147483647"));
  ASSERT_OK_AND_ASSIGN(planned, PlanSysctls({}, false, true));
  EXPECT_THAT(planned, IsEmpty());
}

TEST(Sysctls, GroupsAreTheHostsWhereAUserNamespaceMapsThem) {
  const std::pair<const char*, const char*> cases[] = {{"0 2147483647", "100000 165535"},
                                                       {"5\t10", "100005 100010"},
                                                       {"1 0", "1 0"},
                                                       {"65535 65536", "165535 165535"}};
  for (const auto& [requested, expected] : cases) {
    std::vector<SysctlPlan> sysctls = {{"kernel/sem", "5"},
                                       {"net/ipv4/ping_group_range", requested}};
    EXPECT_THAT(MapSysctlIds({100000, 65536}, sysctls), test::IsOk());
    EXPECT_EQ(sysctls[0].value, "5");
    EXPECT_EQ(sysctls[1].value, expected);
    sysctls[1].value = requested;
    EXPECT_THAT(MapSysctlIds({}, sysctls), test::IsOk());
    EXPECT_EQ(sysctls[1].value, requested);
  }
  for (const char* bad : {"65536 70000", "0", "0 1 2", "a b", "-1 5"}) {
    std::vector<SysctlPlan> sysctls = {{"net/ipv4/ping_group_range", bad}};
    EXPECT_THAT(MapSysctlIds({100000, 65536}, sysctls),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
}

TEST(Sysctls, TheRequestCountsBeforeTheDefaults) {
  ASSERT_OK_AND_ASSIGN(const std::vector<SysctlPlan> planned,
                       PlanSysctls({{"net.ipv4.ip_unprivileged_port_start", "1024"},
                                    {"net/ipv4/tcp_rmem", "4096\t87380\t100"},
                                    {"kernel.shm_rmid_forced", "1"},
                                    {"fs.mqueue.msg_max", "100"}},
                                   true, true));
  EXPECT_THAT(Lines(planned), ElementsAre("fs/mqueue/msg_max=100", "kernel/shm_rmid_forced=1",
                                          "net/ipv4/ip_unprivileged_port_start=1024",
                                          "net/ipv4/ping_group_range=0 2147483647",
                                          "net/ipv4/tcp_rmem=4096\t87380\t100"));
}

TEST(Sysctls, WhatIsTheHostsIsRefused) {
  struct Case {
    const char* name;
    bool own_network, own_ipc;
    const char* message;
  };
  const Case cases[] = {
      {"net.ipv4.ip_forward", false, true, "host's network"},
      {"kernel.domainname", false, true, "domain name"},
      {"kernel.shmmax", true, false, "host's IPC"},
      {"fs.mqueue.msg_max", true, false, "host's IPC"},
      {"kernel.core_pattern", true, true, "is not a pod's own"},
      {"kernel.hostname", true, true, "is not a pod's own"},
      {"vm.overcommit_memory", true, true, "is not a pod's own"},
      {"kernel.sem.x", true, true, "is not a pod's own"},
      {"fs.file-max", true, true, "is not a pod's own"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(PlanSysctls({{c.name, "1"}}, c.own_network, c.own_ipc),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.message)))
        << c.name;
  }
}

TEST(Sysctls, ValuesAreOneLine) {
  for (const std::string& value : {std::string(), std::string("1\n2"), std::string("1\0", 2),
                                   std::string("\x7f"), std::string(kMaxSysctlValue + 1, '1')}) {
    EXPECT_THAT(PlanSysctls({{"net.ipv4.ip_forward", value}}, true, true),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace berth::runtime
