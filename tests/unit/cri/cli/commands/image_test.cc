// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

TEST(ImageCommand, HasTheVerbsByTheirLongNames) {
  CommandUnderTest command;
  command.engine.Answer("DELETE /images/a", R"([{"Untagged":"a:latest"}])");
  EXPECT_THAT(command.Run("image rm a"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "Untagged: a:latest\n");
}

}  // namespace
}  // namespace berth::cli
