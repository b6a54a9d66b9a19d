// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

TEST(ExecCommand, SaysWhatCriCannotDoInContainersOfPods) {
  CommandUnderTest command;
  for (const char* option : {"-d", "-e A=b", "-u 1", "-w /", "--privileged", "--detach-keys a"}) {
    testing::internal::CaptureStderr();
    EXPECT_THAT(command.Run(absl::StrCat("exec ", option, " web env")), test::IsOkAndHolds(125));
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr("web is a container of a pod, in which CRI runs no command with"));
  }
}

TEST(ExecCommand, PassesOnVariablesAsDockerDoes) {
  CommandUnderTest command;
  setenv("E2_SET", "here", 1);
  command.engine.Answer("POST /containers/e1/exec", R"({"Id":"x1"})", "201 Created");
  command.engine.Answer("POST /exec/x1/start", "");
  EXPECT_THAT(command.Run("exec -d -e A=1 -e E2_SET -e E2_UNSET db env"), test::IsOkAndHolds(0));
  unsetenv("E2_SET");
  EXPECT_THAT(command.engine.Calls(),
              testing::Contains(HasSubstr(R"("Env":["A=1","E2_SET=here"])")));
  testing::internal::CaptureStderr();
  EXPECT_TRUE(absl::IsNotFound(command.Run("exec -d --env-file /no/such db env").status()));
  testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace berth::cli
