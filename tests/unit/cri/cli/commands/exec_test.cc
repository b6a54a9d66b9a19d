// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

TEST(ExecCommand, SaysWhatCriCannotDoInContainersOfPods) {
  CommandUnderTest command;
  for (const char* option : {"-d", "-e A=b", "-u 1", "-w /", "--privileged"}) {
    testing::internal::CaptureStderr();
    EXPECT_THAT(command.Run(absl::StrCat("exec ", option, " web env")), test::IsOkAndHolds(125));
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr("web is a container of a pod, in which CRI runs no command with"));
  }
}

}  // namespace
}  // namespace berth::cli
