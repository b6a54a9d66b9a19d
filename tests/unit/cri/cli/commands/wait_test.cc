// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

TEST(WaitCommand, PrintsTheExitCodes) {
  CommandUnderTest command;
  command.daemon.SetState("c1", v1::CONTAINER_EXITED);
  command.daemon.exit_code = 4;
  command.engine.Answer("POST /containers/e1/wait", R"({"StatusCode":3})");
  EXPECT_THAT(command.Run("wait db web"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "3\n4\n");
  EXPECT_THAT(command.Run("wait none"), test::IsOkAndHolds(1));
}

}  // namespace
}  // namespace berth::cli
