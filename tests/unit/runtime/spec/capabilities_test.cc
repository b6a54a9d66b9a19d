// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/capabilities.h"

#include <linux/capability.h>

#include <initializer_list>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

constexpr uint32_t kLast = CAP_CHECKPOINT_RESTORE;
constexpr uint64_t kAll = (uint64_t{2} << kLast) - 1;

uint64_t Set(std::initializer_list<int> numbers) {
  uint64_t set = 0;
  for (const int number : numbers) {
    set |= uint64_t{1} << number;
  }
  return set;
}

struct Case {
  std::vector<std::string> add;
  std::vector<std::string> drop;
  uint64_t expected;
};

v1::LinuxContainerSecurityContext Asking(const Case& c) {
  v1::LinuxContainerSecurityContext security;
  for (const std::string& name : c.add) {
    security.mutable_capabilities()->add_add_capabilities(name);
  }
  for (const std::string& name : c.drop) {
    security.mutable_capabilities()->add_drop_capabilities(name);
  }
  return security;
}

TEST(Capabilities, HaveTheKernelsNumbers) {
  EXPECT_EQ(CapabilityNumber("CAP_CHOWN"), CAP_CHOWN);
  EXPECT_EQ(CapabilityNumber("sys_admin"), CAP_SYS_ADMIN);
  EXPECT_EQ(CapabilityNumber("cap_Checkpoint_Restore"), CAP_CHECKPOINT_RESTORE);
  EXPECT_EQ(CapabilityNumber("CAP_"), std::nullopt);
  EXPECT_EQ(CapabilityNumber("CAP_CAP_CHOWN"), std::nullopt);
  EXPECT_EQ(CapabilityNumber("ALL"), std::nullopt);
  EXPECT_EQ(CapabilityNumber("CAP_BPF"), CAP_BPF);
}

TEST(Capabilities, FourteenByDefault) {
  EXPECT_EQ(DefaultCapabilities(),
            Set({CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FSETID, CAP_FOWNER, CAP_MKNOD, CAP_NET_RAW,
                 CAP_SETGID, CAP_SETUID, CAP_SETFCAP, CAP_SETPCAP, CAP_NET_BIND_SERVICE,
                 CAP_SYS_CHROOT, CAP_KILL, CAP_AUDIT_WRITE}));
}

TEST(Capabilities, AllCountsFirstThenAddsThenDrops) {
  const uint64_t base = DefaultCapabilities();
  const Case cases[] = {
      {{}, {}, base},
      {{"NET_ADMIN"}, {}, base | Set({CAP_NET_ADMIN})},
      {{}, {"CHOWN"}, base & ~Set({CAP_CHOWN})},
      {{"NET_ADMIN"}, {"NET_ADMIN"}, base},
      {{"ALL"}, {}, kAll},
      {{"all"}, {"SYS_ADMIN"}, kAll & ~Set({CAP_SYS_ADMIN})},
      {{}, {"ALL"}, 0},
      {{"CHOWN", "KILL"}, {"all"}, Set({CAP_CHOWN, CAP_KILL})},
      {{"ALL"}, {"ALL"}, 0},
      {{"CAP_sys_time"}, {"ALL"}, Set({CAP_SYS_TIME})},
  };
  for (const Case& c : cases) {
    ASSERT_OK_AND_ASSIGN(const CapabilitySets sets, PlanCapabilities(Asking(c), kAll));
    EXPECT_EQ(sets.bounding, c.expected);
    EXPECT_EQ(sets.permitted, c.expected);
    EXPECT_EQ(sets.effective, c.expected);
    EXPECT_EQ(sets.ambient, 0u);
  }
}

TEST(Capabilities, UnknownNamesAreErrors) {
  for (const char* name : {"NET_ADMINS", "", "CAP_", "40"}) {
    EXPECT_THAT(PlanCapabilities(Asking({{name}, {}, 0}), kAll),
                test::StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(PlanCapabilities(Asking({{}, {name}, 0}), kAll),
                test::StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(Capabilities, ThoseThatTheNodeLacksAreLeftOut) {
  ASSERT_OK_AND_ASSIGN(CapabilitySets sets,
                       PlanCapabilities(Asking({{"BPF", "ALL"}, {}, 0}), Set({CAP_CHOWN})));
  EXPECT_EQ(sets.bounding, Set({CAP_CHOWN}));
  ASSERT_OK_AND_ASSIGN(sets, PlanCapabilities(Asking({{}, {}, 0}), Set({CAP_CHOWN})));
  EXPECT_EQ(sets.bounding, Set({CAP_CHOWN}));
}

TEST(Capabilities, PrivilegedHasAllWhateverItAsksFor) {
  v1::LinuxContainerSecurityContext security = Asking({{}, {"ALL"}, 0});
  security.set_privileged(true);
  ASSERT_OK_AND_ASSIGN(const CapabilitySets sets, PlanCapabilities(security, kAll));
  EXPECT_EQ(sets.bounding, kAll);
  EXPECT_EQ(sets.ambient, 0u);
}

TEST(Capabilities, AmbientOnesAreInAllSets) {
  v1::LinuxContainerSecurityContext security = Asking({{}, {"ALL"}, 0});
  security.mutable_capabilities()->add_add_ambient_capabilities("NET_BIND_SERVICE");
  ASSERT_OK_AND_ASSIGN(const CapabilitySets sets, PlanCapabilities(security, kAll));
  EXPECT_EQ(sets.ambient, Set({CAP_NET_BIND_SERVICE}));
  EXPECT_EQ(sets.permitted, Set({CAP_NET_BIND_SERVICE}));
  EXPECT_EQ(sets.bounding, Set({CAP_NET_BIND_SERVICE}));
}

TEST(CapabilityName, IsThatOfTheNumber) {
  EXPECT_EQ(CapabilityName(0), "CHOWN");
  EXPECT_EQ(CapabilityName(CapabilityNumber("CAP_SYS_ADMIN").value()), "SYS_ADMIN");
  EXPECT_EQ(CapabilityName(64), "");
}

}  // namespace
}  // namespace berth::runtime
