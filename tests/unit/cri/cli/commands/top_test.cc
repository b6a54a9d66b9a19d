// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

TEST(TopCommand, ShowsTheTableOfPs) {
  CommandUnderTest command;
  command.engine.Answer("GET /containers/e1/top?ps_args=-o%20pid",
                        R"({"Titles":["PID"],"Processes":[["7"]]})");
  EXPECT_THAT(command.Run("top db -o pid"), test::IsOkAndHolds(0));
  EXPECT_THAT(command.printed, HasSubstr("PID\n7\n"));
  EXPECT_THAT(command.Run("top web"), test::StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace berth::cli
