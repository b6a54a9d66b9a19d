// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_exit.h"

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(ExitOf, TakesWhatTheShimTells) {
  ShimReply reply;
  reply.exit_code = 137;
  reply.oom_killed = 1;
  reply.started_at = 5;
  reply.finished_at = 6;
  const ContainerExit exit = ExitOf(reply);
  EXPECT_EQ(exit.record.exit_code, 137);
  EXPECT_EQ(exit.record.started_at, 5);
  EXPECT_EQ(exit.record.finished_at, 6);
  EXPECT_EQ(ReasonOf(exit), "OOMKilled");
}

TEST(UnknownExit, Is255ForAReasonOfItsOwn) {
  const ContainerExit exit = UnknownExit("its shim has died");
  EXPECT_EQ(exit.record.exit_code, 255);
  EXPECT_EQ(ReasonOf(exit), "Unknown");
  EXPECT_EQ(exit.message, "its shim has died");
  EXPECT_GT(exit.record.finished_at, 0);
}

}  // namespace
}  // namespace berth::runtime
