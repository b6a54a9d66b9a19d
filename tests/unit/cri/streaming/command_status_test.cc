// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/command_status.h"

#include "gtest/gtest.h"

#include "base/json.h"

namespace berth::cri {
namespace {

TEST(CommandStatus, IsASuccessObject) {
  EXPECT_EQ(CommandStatus(0, 4), R"({"metadata":{},"status":"Success"})");
  EXPECT_EQ(CommandStatus(0, 5), CommandStatus(0, 4));
}

// client-go looks for the cause "ExitCode" and reads its message as a number.
TEST(CommandStatus, CarriesTheExitCode) {
  const Json status = *ParseJson(CommandStatus(137, 4), 1024);
  EXPECT_EQ(status["status"], "Failure");
  EXPECT_EQ(status["reason"], "NonZeroExitCode");
  EXPECT_EQ(status["details"]["causes"][0]["reason"], "ExitCode");
  EXPECT_EQ(status["details"]["causes"][0]["message"], "137");
}

TEST(CommandStatus, CarriesWhyThereIsNone) {
  const Json status = *ParseJson(CommandStatus(absl::InternalError("exec: no \xff such"), 4), 1024);
  EXPECT_EQ(status["status"], "Failure");
  EXPECT_EQ(status["reason"], "InternalError");
  EXPECT_EQ(status["code"], 500);
  EXPECT_EQ(status["message"], "exec: no \xEF\xBF\xBD such");
}

TEST(CommandStatus, IsATextInOldVersions) {
  EXPECT_EQ(CommandStatus(0, 3), "");
  EXPECT_EQ(CommandStatus(2, 1), "command terminated with exit code 2");
  EXPECT_EQ(CommandStatus(absl::InternalError("it broke"), 2), "it broke");
}

}  // namespace
}  // namespace berth::cri
