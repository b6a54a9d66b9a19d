// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/kernel_limits.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

Json Body(const char* text) {
  return *ParseJson(text, 1 << 16);
}

TEST(KernelLimits, AreFilesOfTheCgroup) {
  const auto limits = ParseKernelLimits(Body(R"({"MemorySwappiness":10,"OomKillDisable":true,
      "BlkioWeight":300,"BlkioWeightDevice":[{"Path":"/dev/a","Weight":20}],
      "BlkioDeviceReadBps":[{"Path":"/dev/a","Rate":1048576},{"Path":"/dev/b","Rate":5}],
      "BlkioDeviceWriteIOps":[{"Path":"/dev/a","Rate":7}]})"));
  ASSERT_THAT(limits, IsOk());
  ::runtime::v1::LinuxContainerResources resources;
  AddKernelLimits(*limits, {{"/dev/a", "8:0"}, {"/dev/b", "8:16"}}, resources);
  EXPECT_THAT(resources.unified(),
              UnorderedElementsAre(Pair("memory.swappiness", "10"), Pair("memory.oom_control", "1"),
                                   Pair("io.bfq.weight", "300\n8:0 20\n"),
                                   Pair("io.max", "8:0 rbps=1048576 wiops=7\n8:16 rbps=5\n")));
}

TEST(KernelLimits, WhatClientsSendForNothingIsNothing) {
  const auto limits =
      ParseKernelLimits(Body(R"({"MemorySwappiness":-1,"OomKillDisable":false,"BlkioWeight":0,
      "BlkioWeightDevice":[],"BlkioDeviceReadBps":null,"DeviceCgroupRules":null,
      "CpuRealtimePeriod":0,"Isolation":""})"));
  ASSERT_THAT(limits, IsOk());
  ::runtime::v1::LinuxContainerResources resources;
  AddKernelLimits(*limits, {}, resources);
  EXPECT_THAT(resources.unified(), IsEmpty());
}

TEST(KernelLimits, WhatIsOutOfRangeOrNotThereIsRefused) {
  const std::pair<const char*, const char*> bad[] = {
      {R"({"MemorySwappiness":101})", "valid memory swappiness range is 0-100"},
      {R"({"MemorySwappiness":-2})", "valid memory swappiness range is 0-100"},
      {R"({"BlkioWeight":5})", "Range of blkio weight is from 10 to 1000"},
      {R"({"BlkioWeightDevice":[{"Path":"/dev/a","Weight":1001}]})", "Range of blkio weight"},
      {R"({"BlkioDeviceReadBps":[{"Path":"/dev/a","Rate":-1}]})", "rbps for /dev/a: -1"},
      {R"({"Isolation":"x"})", "invalid isolation 'x' on linux"}};
  for (const auto& [body, error] : bad) {
    EXPECT_THAT(CheckKernelLimits(Body(body)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(error)));
    EXPECT_THAT(ParseKernelLimits(Body(body)), IsOk());  // one on record can be read
  }
  EXPECT_THAT(CheckKernelLimits(Body(R"({"CpuRealtimeRuntime":1000})")),
              StatusIs(absl::StatusCode::kUnimplemented, "CpuRealtimeRuntime is not supported"));
}

TEST(KernelLimits, WhatTheNodeHasNotIsDroppedWithAWarning) {
  const char* all = R"({"MemorySwappiness":0,"OomKillDisable":true,"BlkioWeight":300,"Memory":1,
      "BlkioWeightDevice":[{"Path":"/dev/a","Weight":20}]})";
  Json body = Body(all);
  EXPECT_THAT(
      DropMissingLimits(
          [] {
            return NodeControls{true, false};
          },
          body),
      ElementsAre(HasSubstr("Memory swappiness discarded"), HasSubstr("OomKillDisable discarded"),
                  HasSubstr("Weight discarded"), HasSubstr("Weight-device discarded")));
  EXPECT_EQ(body, Body(R"({"MemorySwappiness":null,"OomKillDisable":null,"BlkioWeight":null,
      "Memory":1,"BlkioWeightDevice":null})"));
  body = Body(all);
  EXPECT_THAT(DropMissingLimits([] { return NodeControls{false, true}; }, body), IsEmpty());
  EXPECT_EQ(body, Body(all));
}

TEST(KernelLimits, NoOomKillerWithoutALimitIsSaid) {
  Json body = Body(R"({"OomKillDisable":true,"Memory":0})");
  EXPECT_THAT(DropMissingLimits(
                  [] {
                    return NodeControls{false, true};
                  },
                  body),
              ElementsAre(HasSubstr("no memory limit is set")));
}

TEST(KernelLimits, TheNodeIsLookedAtOnlyWhereItMatters) {
  Json body = Body(R"({"MemorySwappiness":-1,"OomKillDisable":null,"BlkioWeight":0,
      "BlkioWeightDevice":[]})");
  const auto look = []() -> NodeControls {
    ADD_FAILURE();
    return {};
  };
  EXPECT_THAT(DropMissingLimits(look, body), IsEmpty());
}

TEST(KernelLimits, DevicesAreBlockDevices) {
  KernelLimits limits;
  for (const char* path : {"/dev/nosuch", "/dev/null"}) {
    const Json body = {{"BlkioDeviceReadBps", {{{"Path", path}, {"Rate", 1}}}}};
    EXPECT_THAT(CheckKernelLimits(body), StatusIs(absl::StatusCode::kInvalidArgument,
                                                  HasSubstr(absl::StrCat("stat ", path, ": "))));
    limits.devices.push_back({path, "rbps", 1});
  }
  EXPECT_THAT(FindBlockDevices(limits), IsEmpty()) << "a disk that has gone keeps nobody down";
}

}  // namespace
}  // namespace berth::cri
