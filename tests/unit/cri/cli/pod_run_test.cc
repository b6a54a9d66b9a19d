// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/pod_run.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/cri/cli/command_under_test.h"

namespace berth::cli {
namespace {

TEST(RunInPod, MakesNothingWhereTheNameOrTheImageIsNone) {
  CommandUnderTest command;
  EXPECT_TRUE(absl::IsAlreadyExists(command.Run("run --name web nginx").status()));
  EXPECT_FALSE(command.Run("run --name new nginx").ok());
  EXPECT_THAT(command.daemon.Calls(), testing::IsEmpty());
}

}  // namespace
}  // namespace berth::cli
