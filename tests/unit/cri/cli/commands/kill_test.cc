// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::ElementsAre;

TEST(KillCommand, SendsASignalByEitherDoor) {
  CommandUnderTest command;
  command.engine.Answer("POST /containers/e1/kill?signal=1", "", "204 No Content");
  EXPECT_THAT(command.Run("kill -s HUP db"), test::IsOkAndHolds(0));
  EXPECT_THAT(command.Run("kill -s HUP web"), test::IsOkAndHolds(1));
  EXPECT_THAT(command.Run("kill web"), test::IsOkAndHolds(0));
  EXPECT_THAT(command.daemon.Calls(), ElementsAre("stop c1 0", "stop pod p1"));
  EXPECT_THAT(command.Run("kill -s odd db"),
              test::StatusIs(absl::StatusCode::kInvalidArgument, "Invalid signal: odd"));
}

}  // namespace
}  // namespace berth::cli
