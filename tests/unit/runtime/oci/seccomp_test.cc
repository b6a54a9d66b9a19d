// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/seccomp.h"

#include "gtest/gtest.h"

#include "runtime/spec/seccomp_library.h"

namespace berth::runtime::oci {
namespace {

Json Parse(const char* text) {
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

TEST(OciSeccomp, IsTheProfileWithItsConditionsDecided) {
  SeccompProfile profile;
  profile.default_value = 38;
  profile.flags = {{"SECCOMP_FILTER_FLAG_LOG"}};
  profile.rules = {
      {.names = {"read", "write"}, .action = SeccompAction::kAllow},
      {.names = {"mount"}, .includes = {{"CAP_SYS_ADMIN"}, {}, {}}},
      {.names = {"chown"}, .excludes = {{"CAP_CHOWN"}, {}, {}}},
      {.names = {"personality"},
       .action = SeccompAction::kErrno,
       .value = 1,
       .arguments = {{.index = 0, .value = 8, .comparison = SeccompComparison::kNotEqual},
                     {.index = 1,
                      .value = 15,
                      .value_two = 3,
                      .comparison = SeccompComparison::kMaskedEqual}}}};
  EXPECT_EQ(SeccompSection(profile, {}, 1), Parse(R"({
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
    "flags": ["SECCOMP_FILTER_FLAG_LOG"],
    "syscalls": [
      {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
      {"names": ["personality"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
       "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_NE"},
                {"index": 1, "value": 15, "valueTwo": 3, "op": "SCMP_CMP_MASKED_EQ"}]}]})"));
}

TEST(OciSeccomp, NamesTheArchitecturesOfThisMachine) {
  SeccompProfile profile;
  profile.default_action = SeccompAction::kKillProcess;
  profile.arch_map = {{"SCMP_ARCH_OTHER", {"SCMP_ARCH_X"}},
                      {MachineArchitecture(), {"SCMP_ARCH_Y"}}};
  Json section = SeccompSection(profile, {}, 0);
  EXPECT_EQ(section["architectures"], Json({MachineArchitecture(), "SCMP_ARCH_Y"}));
  EXPECT_FALSE(section.contains("defaultErrnoRet"));
  profile.architectures = {"SCMP_ARCH_Z"};
  EXPECT_EQ(SeccompSection(profile, {}, 0)["architectures"], Json::array({"SCMP_ARCH_Z"}));
  EXPECT_FALSE(SeccompSection({}, {}, 0).contains("architectures"));
}

}  // namespace
}  // namespace berth::runtime::oci
