// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

TEST(Rmi, TellsWhatItHasDone) {
  CommandUnderTest command;
  command.engine.Answer("DELETE /images/a:1", R"([{"Untagged":"a:1"},{"Deleted":"sha256:1"}])");
  EXPECT_THAT(command.Run("rmi a:1"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "Untagged: a:1\nDeleted: sha256:1\n");
}

TEST(Rmi, ByForceOnlyWhatIsThereCanFail) {
  CommandUnderTest command;
  EXPECT_THAT(command.Run("rmi none"), test::IsOkAndHolds(1));
  EXPECT_THAT(command.Run("rmi -f none"), test::IsOkAndHolds(0));
  command.engine.Answer("DELETE /images/b?force=1", R"({"message":"it is used"})", "409 Conflict");
  EXPECT_THAT(command.Run("rmi -f b none"), test::IsOkAndHolds(1));
}

}  // namespace
}  // namespace berth::cli
