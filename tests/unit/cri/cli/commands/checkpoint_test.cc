// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
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

}  // namespace
}  // namespace berth::cli
