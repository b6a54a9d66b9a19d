// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

TEST(CheckpointCommand, SaysWhatKeepsContainersOfDockersClients) {
  CommandUnderTest command;
  EXPECT_THAT(command.Run("checkpoint -e /tmp/none db"),
              test::StatusIs(absl::StatusCode::kFailedPrecondition,
                             HasSubstr("`berth snapshot --checkpoint`")));
  EXPECT_THAT(command.Run("checkpoint -e /tmp/none none"),
              test::StatusIs(absl::StatusCode::kNotFound, HasSubstr("`berth ps -a`")));
}

TEST(CheckpointCommand, LeavesNoDirectoryOfAPodThatCouldNotBeSaved) {
  CommandUnderTest command;  // whose daemon saves nothing
  const test::TempDir directory;
  const std::string made = directory.Join("new");
  EXPECT_FALSE(command.Run(absl::StrCat("checkpoint --type pod -e ", made, " web")).ok());
  EXPECT_NE(access(made.c_str(), F_OK), 0);
  EXPECT_FALSE(
      command.Run(absl::StrCat("checkpoint --type pod -e ", directory.path(), " web")).ok());
  EXPECT_EQ(access(directory.path().c_str(), F_OK), 0);
}

}  // namespace
}  // namespace berth::cli
