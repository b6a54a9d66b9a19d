// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

TEST(VolumeCommand, MakesAndListsThem) {
  CommandUnderTest command;
  command.engine.Answer("POST /volumes/create", R"({"Name":"data"})", "201 Created");
  command.engine.Answer("GET /volumes?filters=%7B%22name%22%3A%5B%22da%22%5D%7D",
                        R"({"Volumes":[{"Name":"data","Driver":"local","Mountpoint":"/m"}]})");
  EXPECT_THAT(command.Run("volume create --label a=b data"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "data\n");
  EXPECT_THAT(command.engine.Calls().back(), testing::HasSubstr(R"("Labels":{"a":"b"})"));
  EXPECT_THAT(command.Run("volume ls -f name=da"), test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "DRIVER    VOLUME NAME\nlocal     data\n");
  EXPECT_THAT(command.Run("volume ls -f name=da --format {{.Name}}={{.Mountpoint}}"),
              test::IsOkAndHolds(0));
  EXPECT_EQ(command.printed, "data=/m\n");
}

}  // namespace
}  // namespace berth::cli
