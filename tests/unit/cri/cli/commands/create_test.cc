// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

TEST(CreateCommand, MakesAContainerOfTheEngineApi) {
  CommandUnderTest command;
  command.engine.Answer("POST /containers/create?name=db2&platform=linux", R"({"Id":"e9"})",
                        "201 Created");
  EXPECT_THAT(command.Run("create --name db2 --rm --platform linux postgres"),
              test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "e9\n");
  EXPECT_THAT(command.engine.Calls().back(), testing::HasSubstr(R"("AutoRemove":true)"));
}

}  // namespace
}  // namespace berth::cli
