// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

TEST(PortCommand, ShowsWhereTheHostHasThem) {
  CommandUnderTest command;
  EXPECT_THAT(command.Run("port db"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "80/tcp -> 0.0.0.0:8080\n");
  EXPECT_THAT(command.Run("port db 80"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "0.0.0.0:8080\n");
  EXPECT_THAT(command.Run("port db 81"),
              test::StatusIs(absl::StatusCode::kNotFound, HasSubstr("no public port '81/tcp'")));
}

}  // namespace
}  // namespace berth::cli
