// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/process.h"
#include "runtime/plan/exit_record.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::ReplyType;
using runtime::ShimReply;
using ::testing::HasSubstr;
using ::testing::Not;

KERNEL_TEST(Container, OfASignalIsAsAShellSaysIt) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 100"));
  EXPECT_EQ(pod.Signal("a", SIGKILL).type, ReplyType::kDone);
  EXPECT_EQ(pod.AwaitExit("a").exit_code, 137);
  pod.Launch(
      pod.Plan("b", "trap 'echo got; exit 9' TERM; echo ready; while true; do usleep 1000; done"));
  pod.AwaitLog("b", "ready");
  EXPECT_EQ(pod.Signal("b", SIGTERM).type, ReplyType::kDone);
  EXPECT_EQ(pod.AwaitExit("b").exit_code, 9);
  EXPECT_EQ(pod.Output("b"), "ready\ngot\n");
  EXPECT_EQ(pod.Signal("b", SIGTERM).error, ESRCH);
  EXPECT_EQ(pod.Signal("nobody", SIGTERM).error, ESRCH);
}

KERNEL_TEST(Container, OfAFastProgramIsNotLost) {
  PodUnderTest pod;
  for (int i = 0; i < 50; ++i) {
    const std::string id = absl::StrCat("c", i);
    LaunchPlan plan = pod.Plan(id, "");
    plan.process.arguments = {"/bin/sh", "-c", absl::StrCat("exit ", i)};
    const ShimReply started = pod.Launch(plan);
    EXPECT_GT(started.pid, 0);
    ASSERT_EQ(pod.AwaitExit(id).exit_code, i);
    ASSERT_EQ(pod.Forget(id).type, ReplyType::kDone);
  }
}

KERNEL_TEST(Container, IsRecordedUntilForgotten) {
  PodUnderTest pod;
  pod.Run("a", "exit 4");
  const ShimReply exited = pod.AwaitExit("a");
  std::optional<runtime::ExitRecord> record =
      runtime::ParseExitRecord(pod.directory().Read("pod/exits/a"));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->exit_code, 4);
  EXPECT_FALSE(record->oom_killed);
  EXPECT_EQ(record->started_at, exited.started_at);
  EXPECT_EQ(record->finished_at, exited.finished_at);
  EXPECT_EQ(pod.Forget("a").type, ReplyType::kDone);
  EXPECT_TRUE(std::filesystem::is_empty(pod.directory().Join("pod/exits")));
  EXPECT_EQ(pod.Forget("a").type, ReplyType::kDone);  // absent is done
  EXPECT_EQ(pod.Run("a", "echo again"), "again\n");
}

KERNEL_TEST(Container, CannotBeForgottenBeforeItHappened) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 100"));
  EXPECT_EQ(pod.Forget("a").error, EBUSY);
}

KERNEL_TEST(Container, ByOutOfMemoryIsMarked) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "x=x; while true; do x=$x$x; done");
  const bool v1 = std::filesystem::exists(pod.MemoryCgroup("a") + "/memory.limit_in_bytes");
  std::ofstream(pod.MemoryCgroup("a") + (v1 ? "/memory.limit_in_bytes" : "/memory.max"))
      << "16777216";
  pod.Launch(plan);
  const ShimReply exited = pod.AwaitExit("a");
  EXPECT_EQ(exited.exit_code, 137);
  EXPECT_EQ(exited.oom_killed, 1u);
  EXPECT_THAT(pod.directory().Read("pod/exits/a"), ::testing::HasSubstr("oom_killed=1"));
  pod.Launch(pod.Plan("b", "sleep 100"));
  pod.Signal("b", SIGKILL);
  EXPECT_EQ(pod.AwaitExit("b").oom_killed, 0u);
}

KERNEL_TEST(Container, AreAllSignalledWhereAsked) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a",
                      "trap 'echo first' USR1; (trap 'echo second' USR1; echo ready; while true; "
                      "do usleep 1000; done) &"
                      "while true; do usleep 1000; done"));
  pod.AwaitLog("a", "ready");
  EXPECT_EQ(pod.Signal("a", SIGUSR1, false).type, ReplyType::kDone);
  pod.AwaitLog("a", "first");
  EXPECT_THAT(pod.Log("a"), Not(HasSubstr("second")));
  EXPECT_EQ(pod.Signal("a", SIGUSR1, true).type, ReplyType::kDone);
  pod.AwaitLog("a", "second");
  EXPECT_EQ(pod.Signal("a", SIGKILL, true).type, ReplyType::kDone);
  EXPECT_EQ(pod.AwaitExit("a").exit_code, 137);
}

}  // namespace
}  // namespace berth::test
