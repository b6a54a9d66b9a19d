// SPDX-License-Identifier: Apache-2.0
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/process.h"
#include "base/sys/terminal.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::ProcessPlan;
using runtime::ReplyType;
using runtime::RequestType;
using runtime::ShimReply;
using runtime::ShimRequest;

KERNEL_TEST(Stdio, IsTheContainersOwnAndItsConsole) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan(
      "a",
      "tty; test -t 0 && test -t 2 && echo terminal; echo err >&2; echo con > /dev/console;"
      "stat -c '%u %g %a' /dev/pts/0; cut -d ' ' -f 7 /proc/self/stat");
  plan.process.terminal = true;
  EXPECT_EQ(pod.Run(plan), "/dev/pts/0\r\nterminal\r\nerr\r\ncon\r\n0 5 620\r\n34816\r\n");
  EXPECT_EQ(pod.Output("a", "stderr"), "");
}

KERNEL_TEST(Stdio, BelongsToTheUser) {
  PodUnderTest pod;
  LaunchPlan plan =
      pod.Plan("a", "stat -c '%u %g' /dev/pts/0; echo x > /dev/tty; echo y > /dev/stdout");
  plan.process.terminal = true;
  plan.process.uid = 1000;
  plan.process.gid = 1000;
  EXPECT_EQ(pod.Run(plan), "1000 5\r\nx\r\ny\r\n");
}

KERNEL_TEST(Stdio, TakesSizesAndInput) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "echo ready; read x; stty size; echo $x; read y; exit 6");
  plan.process.terminal = true;
  pod.Launch(plan);
  pod.AwaitLog("a", "ready");
  ShimRequest request = PodUnderTest::Request(RequestType::kResize, "a");
  request.rows = 33;
  request.columns = 101;
  EXPECT_EQ(pod.Ask(request).type, ReplyType::kDone);
  sys::Fd connection = pod.Connect();
  request = PodUnderTest::Request(RequestType::kAttach, "a");
  ASSERT_TRUE(sys::WriteAll(connection.get(), &request, sizeof(request)).ok());
  sys::Fd master;
  EXPECT_EQ(PodUnderTest::Receive(connection.get(), &master).type, ReplyType::kDone);
  ASSERT_TRUE(sys::WriteAll(master.get(), "typed\n", 6).ok());
  pod.AwaitLog("a", "33 101");
  ASSERT_TRUE(sys::WriteAll(master.get(), "\n", 1).ok());
  EXPECT_EQ(pod.AwaitExit("a").exit_code, 6);
  EXPECT_EQ(pod.Ask(request).type, ReplyType::kFailed);
}

KERNEL_TEST(Stdio, ThatThereIsNotCannotBeResized) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 100"));
  EXPECT_EQ(pod.Ask(PodUnderTest::Request(RequestType::kResize, "a")).error, ENOTTY);
}

KERNEL_TEST(Stdio, MayBeClosedAndOpenedAgainByTheContainer) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan(
      "a", "exec </dev/null >/dev/null 2>&1; usleep 50000; echo back > /dev/console; usleep 50000");
  plan.process.terminal = true;
  EXPECT_EQ(pod.Run(plan), "back\r\n");
}

KERNEL_TEST(Stdio, OfAnExecIsHandedToTheClient) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 1000"));
  ProcessPlan process = PodUnderTest::Process("tty; read x; echo got $x; stty size; exit 3");
  process.terminal = true;
  sys::Fd connection = pod.BeginExec("a", process, {});
  sys::Fd master;
  const ShimReply started = PodUnderTest::Receive(connection.get(), &master);
  ASSERT_EQ(started.type, ReplyType::kStarted);
  ASSERT_TRUE(master.is_open());
  ASSERT_TRUE(sys::SetWindowSize(master.get(), 12, 34).ok());
  ASSERT_TRUE(sys::WriteAll(master.get(), "hello\n", 6).ok());
  const std::string output = absl::StrReplaceAll(ReadWhole(master.get()), {{"\r", ""}});
  EXPECT_THAT(output, ::testing::HasSubstr("/dev/pts/0\n"));
  EXPECT_THAT(output, ::testing::HasSubstr("got hello\n12 34\n"));
  EXPECT_EQ(PodUnderTest::Receive(connection.get()).exit_code, 3);
}

KERNEL_TEST(Stdio, OfAnExecIsTakenFromNothingElse) {
  PodUnderTest pod;
  LaunchPlan plan =
      pod.Plan("a", "umount /dev/pts; echo fake > /dev/pts/ptmx; echo ready; sleep 1000");
  plan.process.capabilities.effective |= uint64_t{1} << 21;  // CAP_SYS_ADMIN
  plan.process.capabilities.permitted |= uint64_t{1} << 21;
  plan.process.capabilities.bounding |= uint64_t{1} << 21;
  pod.Launch(plan);
  pod.AwaitLog("a", "ready");
  ProcessPlan process = PodUnderTest::Process("true");
  process.terminal = true;
  sys::Fd connection = pod.BeginExec("a", process, {});
  const ShimReply reply = PodUnderTest::Receive(connection.get());
  EXPECT_EQ(reply.type, ReplyType::kFailed);
  EXPECT_EQ(reply.step, runtime::LaunchStep::kTerminal);
  EXPECT_EQ(reply.error, EINVAL);
}

KERNEL_TEST(Stdio, MayBeOpenedAnewByAnyUser) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "echo out > /dev/stdout; echo err > /dev/stderr");
  plan.process.uid = 1000;
  plan.process.gid = 1000;
  EXPECT_EQ(pod.Run(plan), "out\n");
  EXPECT_EQ(pod.Output("a", "stderr"), "err\n");
}

}  // namespace
}  // namespace berth::test
