// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

TEST(UpdateCommand, AsksTheDoorThatHasTheContainer) {
  CommandUnderTest command;
  command.engine.Answer("POST /containers/e1/update", R"({"Warnings":[]})");
  EXPECT_THAT(command.Run("update --restart always db"), test::IsOkAndHolds(0));
  EXPECT_EQ(
      command.engine.Calls().back(),
      R"(POST /containers/e1/update {"RestartPolicy":{"MaximumRetryCount":0,"Name":"always"}})");
  EXPECT_THAT(command.Run("update --restart always web"), test::IsOkAndHolds(1));
  EXPECT_THAT(command.Run("update db"), test::StatusIs(absl::StatusCode::kInvalidArgument,
                                                       testing::HasSubstr("nothing is to be")));
}

}  // namespace
}  // namespace berth::cli
