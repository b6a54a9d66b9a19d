// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::ElementsAre;

TEST(StartCommand, StartsContainersOfDockersClientsOnly) {
  CommandUnderTest command;
  command.engine.Answer("POST /containers/e1/start", "", "204 No Content");
  EXPECT_THAT(command.Run("start db"), test::IsOkAndHolds(0));
  EXPECT_THAT(command.engine.Calls(),
              ElementsAre("GET /containers/db/json", "POST /containers/e1/start"));
  EXPECT_THAT(command.Run("start web"), test::IsOkAndHolds(1));
}

TEST(RestartCommand, HandsOnTheTime) {
  CommandUnderTest command;
  command.engine.Answer("POST /containers/e1/restart?t=3", "", "204 No Content");
  EXPECT_THAT(command.Run("restart -t 3 db"), test::IsOkAndHolds(0));
  command.engine.Answer("POST /containers/e1/restart?signal=INT", "", "204 No Content");
  EXPECT_THAT(command.Run("restart -s INT db"), test::IsOkAndHolds(0));
}

}  // namespace
}  // namespace berth::cli
