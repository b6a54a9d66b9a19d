// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::Contains;

TEST(Rm, ByForceWhatIsNotThereIsNoFailure) {
  CommandUnderTest command;
  command.engine.Answer("DELETE /containers/e1?force=1", "", "204 No Content");
  EXPECT_THAT(command.Run("rm -f none db"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "db\n");
  EXPECT_THAT(command.Run("rm none"), test::IsOkAndHolds(1));
}

TEST(Rm, ByForceARefusalIsAFailure) {
  CommandUnderTest command;
  command.engine.Answer("DELETE /containers/e1?force=1", R"({"message":"it is busy"})",
                        "409 Conflict");
  EXPECT_THAT(command.Run("rm -f db"), test::IsOkAndHolds(1));
}

TEST(Rm, RemovesWhatRanInAPod) {
  CommandUnderTest command;
  EXPECT_THAT(command.Run("rm -f web"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "web\n");
  EXPECT_THAT(command.daemon.Calls(), Contains("remove pod p1"));
}

}  // namespace
}  // namespace berth::cli
