// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

TEST(RenameCommand, GivesANewName) {
  CommandUnderTest command;
  command.engine.Answer("POST /containers/e1/rename?name=new", "", "204 No Content");
  EXPECT_THAT(command.Run("rename db new"), test::IsOkAndHolds(0));
  EXPECT_THAT(command.Run("rename web new"),
              test::StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("cannot rename")));
}

}  // namespace
}  // namespace berth::cli
