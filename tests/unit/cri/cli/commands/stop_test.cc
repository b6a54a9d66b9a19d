// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::Contains;

TEST(Stop, LeavesTheGraceToAContainerThatHasOne) {
  CommandUnderTest command;
  command.engine.Answer("POST /containers/e1/stop", "", "204 No Content");
  EXPECT_THAT(command.Run("stop db"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "db\n");
}

TEST(Stop, SaysTheGraceThatItIsTold) {
  CommandUnderTest command;
  command.engine.Answer("POST /containers/e1/stop?t=3", "", "204 No Content");
  EXPECT_THAT(command.Run("stop -t 3 db"), test::IsOkAndHolds(0));
}

TEST(Stop, HandsOnASignalWhereThereIsOneToHandOn) {
  CommandUnderTest command;
  command.engine.Answer("POST /containers/e1/stop?signal=INT", "", "204 No Content");
  EXPECT_THAT(command.Run("stop -s INT db"), test::IsOkAndHolds(0));
  testing::internal::CaptureStderr();
  EXPECT_THAT(command.Run("stop -s INT web"), test::IsOkAndHolds(1));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("by its own signal"));
  EXPECT_THAT(command.daemon.Calls(), testing::IsEmpty());
}

TEST(Stop, GivesContainersOfPodsTenSeconds) {
  CommandUnderTest command;
  EXPECT_THAT(command.Run("stop web"), test::IsOkAndHolds(0));
  EXPECT_THAT(command.daemon.Calls(), Contains("stop c1 10"));
}

}  // namespace
}  // namespace berth::cli
