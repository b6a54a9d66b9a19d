// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

TEST(NetworkCommand, ListsThem) {
  CommandUnderTest command;
  command.engine.Answer("GET /networks",
                        R"([{"Id":"0123456789abcdef","Name":"shop","Driver":"bridge",)"
                        R"("Scope":"local","Labels":{"a":"b"}}])");
  EXPECT_THAT(command.Run("network ls"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed,
            "NETWORK ID     NAME      DRIVER    SCOPE\n"
            "0123456789ab   shop      bridge    local\n");
  EXPECT_THAT(command.Run("network ls -q"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "0123456789ab\n");
  EXPECT_THAT(command.Run("network ls --format {{.Name}}:{{.Labels}}"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "shop:a=b\n");
}

TEST(NetworkCommand, MakesConnectsAndDisconnects) {
  CommandUnderTest command;
  command.engine.Answer("POST /networks/create", R"({"Id":"n1"})", "201 Created");
  command.engine.Answer("POST /networks/shop/connect", "");
  command.engine.Answer("POST /networks/shop/disconnect", "");
  EXPECT_THAT(command.Run("network create --subnet 10.5.0.0/16 shop"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "n1\n");
  EXPECT_THAT(command.Run("network connect --alias db shop e1"), test::IsOkAndHolds(0));
  EXPECT_THAT(command.engine.Calls().back(), HasSubstr(R"("Aliases":["db"])"));
  EXPECT_THAT(command.Run("network disconnect -f shop e1"), test::IsOkAndHolds(0));
  EXPECT_THAT(command.engine.Calls().back(), HasSubstr(R"("Force":true)"));
  EXPECT_THAT(command.Run("network"), test::StatusIs(absl::StatusCode::kInvalidArgument,
                                                     HasSubstr("a command is missing")));
}

}  // namespace
}  // namespace berth::cli
