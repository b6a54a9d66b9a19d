// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

TEST(DiffCommand, TellsTheKindsOfChanges) {
  CommandUnderTest command;
  const char kChanges[] =
      R"([{"Kind":0,"Path":"/a"},{"Kind":1,"Path":"/b"},{"Kind":2,"Path":"/c"}])";
  command.engine.Answer("GET /containers/e1/changes", kChanges);
  command.engine.Answer("GET /containers/c1/changes", "null");
  EXPECT_THAT(command.Run("diff db"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "C /a\nA /b\nD /c\n");
  EXPECT_THAT(command.Run("diff web"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "");
}

TEST(DiffCommand, SaysWhereToLookForWhatIsNotThere) {
  CommandUnderTest command;
  EXPECT_THAT(command.Run("diff none"),
              test::StatusIs(absl::StatusCode::kNotFound, HasSubstr("`berth ps -a` lists them")));
}

}  // namespace
}  // namespace berth::cli
