// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/process.h"

#include <sys/resource.h>

#include "gtest/gtest.h"

namespace berth::runtime::oci {
namespace {

Json Parse(const char* text) {
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

TEST(OciProcess, IsWhatThePlanSays) {
  ProcessPlan process;
  process.arguments = {"sh", "-c", "x"};
  process.environment = {"A=b"};
  process.working_directory = "/work";
  process.uid = 1000;
  process.gid = 1001;
  process.groups = {1001, 7};
  process.capabilities = {.bounding = 0b11, .effective = 0b10, .permitted = 0b10, .ambient = 0b10};
  process.no_new_privileges = true;
  process.rlimits = {{RLIMIT_NOFILE, 10, ~uint64_t{0}}};
  process.apparmor_profile = "profile";
  process.selinux_label = "label";
  process.oom_score_adj = -7;
  process.terminal = true;
  EXPECT_EQ(ProcessSection(process), Parse(R"({
    "terminal": true,
    "user": {"uid": 1000, "gid": 1001, "additionalGids": [1001, 7]},
    "args": ["sh", "-c", "x"],
    "env": ["A=b"],
    "cwd": "/work",
    "capabilities": {"bounding": ["CAP_CHOWN", "CAP_DAC_OVERRIDE"],
                     "effective": ["CAP_DAC_OVERRIDE"], "permitted": ["CAP_DAC_OVERRIDE"],
                     "inheritable": ["CAP_DAC_OVERRIDE"], "ambient": ["CAP_DAC_OVERRIDE"]},
    "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 10, "hard": 18446744073709551615}],
    "noNewPrivileges": true,
    "oomScoreAdj": -7,
    "apparmorProfile": "profile",
    "selinuxLabel": "label"})"));
}

TEST(OciProcess, NamesNoLabelsWhereThereAreNone) {
  const Json section = ProcessSection({});
  EXPECT_FALSE(section.contains("apparmorProfile"));
  EXPECT_FALSE(section.contains("selinuxLabel"));
  EXPECT_EQ(section["rlimits"], Json::array());
  EXPECT_EQ(section["capabilities"]["bounding"], Json::array());
}

TEST(OciProcess, WithBytesThatAreNoTextIsJsonStill) {
  ProcessPlan process;
  process.arguments = {"\xff"};
  EXPECT_TRUE(Json::accept(FormatProcess(process)));
}

}  // namespace
}  // namespace berth::runtime::oci
