// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

TEST(EventsCommand, ShowsThemInTheFormAskedFor) {
  CommandUnderTest command;
  command.engine.Answer("GET /events?since=1m&until=0s",
                        "{\"Type\":\"volume\",\"Action\":\"create\",\"Actor\":{\"ID\":\"v\"}}\n");
  EXPECT_THAT(command.Run("events --since 1m --until 0s --format {{.Type}}/{{.Action}}"),
              test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "volume/create\n");
  EXPECT_THAT(command.Run("events --since 1m --until 0s --format json"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed,
            "{\"Type\":\"volume\",\"Action\":\"create\",\"Actor\":{\"ID\":\"v\"}}\n");
  EXPECT_FALSE(command.Run("events --filter odd").ok());
}

}  // namespace
}  // namespace berth::cli
