// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

TEST(PullCommand, AsksTheEngineForAllTagsAndOtherPlatforms) {
  CommandUnderTest command;
  command.engine.Answer("POST /images/create?fromImage=r%3A5000%2Fa", "{\"status\":\"done\"}\n");
  EXPECT_THAT(command.Run("pull -a r:5000/a"), test::IsOkAndHolds(0));
  EXPECT_THAT(command.printed, HasSubstr("done"));
  command.engine.Answer("POST /images/create?fromImage=a&tag=latest&platform=linux%2Farm64",
                        "{\"status\":\"done\"}\n");
  EXPECT_THAT(command.Run("pull -q --platform linux/arm64 a"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "a\n");
}

TEST(PullCommand, RefusesATagWithAllTags) {
  CommandUnderTest command;
  for (const char* name : {"a:1", "a@sha256:1"}) {
    EXPECT_THAT(command.Run(absl::StrCat("pull -a ", name)),
                test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--all-tags")));
  }
  EXPECT_THAT(command.Run("push -a a:1"),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--all-tags")));
}

}  // namespace
}  // namespace berth::cli
