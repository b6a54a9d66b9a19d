// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/launch.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

TEST(StartFailureCode, IsDockers) {
  EXPECT_EQ(StartFailureCode("starting the container: exec /nope: No such file or directory"), 127);
  EXPECT_EQ(StartFailureCode("starting the container: exec: \"nope\" not found in PATH"), 127);
  EXPECT_EQ(StartFailureCode("starting the container: exec /etc/passwd: Permission denied"), 126);
  EXPECT_EQ(StartFailureCode("starting the container: exec /x: Exec format error"), 126);
  EXPECT_EQ(StartFailureCode("starting the container: mount /x: No such file or directory"), 125);
  EXPECT_EQ(StartFailureCode("making the pod: no network"), 125);
}

}  // namespace
}  // namespace berth::cli
