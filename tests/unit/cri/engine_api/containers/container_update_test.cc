// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_update.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

EngineContainerRecord Web() {
  EngineContainerRecord web;
  web.config = {{"Image", "app:1"}, {"Cmd", {"serve"}}};
  web.host_config = {{"Memory", 100 << 20}};
  return web;
}

Json Updated(const Json& changes) {
  return UpdatedHostConfig(Web(), changes).value_or(Json("an error"));
}

TEST(UpdatedHostConfig, TakesLimitsAndTheRestartPolicy) {
  EXPECT_EQ(
      Updated({{"Memory", 0}, {"PidsLimit", 7}, {"RestartPolicy", {{"Name", "always"}}}}),
      Json({{"Memory", 100 << 20}, {"PidsLimit", 7}, {"RestartPolicy", {{"Name", "always"}}}}));
}

TEST(UpdatedHostConfig, KeepsTheRestartPolicyWhereNoneIsNamed) {
  EngineContainerRecord web = Web();
  web.host_config["RestartPolicy"] = {{"Name", "on-failure"}, {"MaximumRetryCount", 3}};
  const Json unsaid = {{"Name", ""}, {"MaximumRetryCount", 0}};
  EXPECT_EQ(UpdatedHostConfig(web, {{"RestartPolicy", unsaid}}).value_or(Json()), web.host_config);
}

TEST(UpdatedHostConfig, IgnoresAllElse) {
  EXPECT_EQ(Updated({{"Privileged", true}, {"Binds", "x"}, {"Unheard", 1}}), Web().host_config);
}

TEST(UpdatedHostConfig, TakesNoLimitForAnAnswer) {
  EXPECT_EQ(Updated({{"MemorySwap", -1}, {"PidsLimit", 0}}),
            Json({{"Memory", 100 << 20}, {"MemorySwap", -1}, {"PidsLimit", -1}}));
}

TEST(UpdatedHostConfig, RefusesWhatWouldHaveNoEffect) {
  EXPECT_EQ(Updated({{"CpuRealtimePeriod", 0}, {"OomKillDisable", false}}), Web().host_config);
  for (const char* key : {"CpuRealtimePeriod", "CpuRealtimeRuntime"}) {
    EXPECT_THAT(UpdatedHostConfig(Web(), {{key, 500}}),
                test::StatusIs(absl::StatusCode::kUnimplemented, testing::HasSubstr(key)));
  }
}

TEST(UpdatedHostConfig, TakesAWeightInItsRange) {
  EXPECT_EQ(Updated({{"BlkioWeight", 300}}), Json({{"Memory", 100 << 20}, {"BlkioWeight", 300}}));
  EXPECT_EQ(Updated({{"BlkioWeight", 0}}), Web().host_config);
  EXPECT_THAT(UpdatedHostConfig(Web(), {{"BlkioWeight", 9}}),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             "Range of blkio weight is from 10 to 1000"));
}

TEST(UpdatedHostConfig, KeepsTheContainerReadable) {
  EXPECT_THAT(UpdatedHostConfig(Web(), {{"CpusetCpus", {1}}}),
              test::StatusIs(absl::StatusCode::kInvalidArgument, testing::_));
  EXPECT_THAT(UpdatedHostConfig(Web(), {{"RestartPolicy", {{"Name", "odd"}}}}),
              test::StatusIs(absl::StatusCode::kInvalidArgument, testing::_));
}

}  // namespace
}  // namespace berth::cri
