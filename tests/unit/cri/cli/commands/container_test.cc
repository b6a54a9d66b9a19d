// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

TEST(ContainerCommand, HasTheVerbsByTheirLongNames) {
  CommandUnderTest command;
  EXPECT_THAT(command.Run("container port db 80"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "0.0.0.0:8080\n");
  EXPECT_THAT(command.Run("container lss"),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             testing::HasSubstr("did you mean ls?\n  `berth container --help`")));
}

}  // namespace
}  // namespace berth::cli
