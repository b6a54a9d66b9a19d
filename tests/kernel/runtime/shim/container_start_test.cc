// SPDX-License-Identifier: Apache-2.0

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::ReplyType;
using runtime::RequestType;
using runtime::ShimReply;
using ::testing::MatchesRegex;

KERNEL_TEST(ContainerStart, RefusesASecondContainerOfTheSameName) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 100"));
  const ShimReply reply = pod.Start(pod.Plan("a", "true"));
  EXPECT_EQ(reply.type, ReplyType::kFailed);
  EXPECT_EQ(reply.error, EEXIST);
}

KERNEL_TEST(ContainerStart, IsNullOrAPipeThatStaysOpen) {
  PodUnderTest pod;
  EXPECT_EQ(pod.Run("a", "readlink /proc/self/fd/0; cat"), "/dev/null\n");
  LaunchPlan plan = pod.Plan("b", "cat; echo end");
  plan.open_stdin = true;
  pod.Launch(plan);
  sys::Fd input;
  sys::Fd connection = pod.Connect();
  runtime::ShimRequest request = PodUnderTest::Request(RequestType::kAttach, "b");
  ASSERT_TRUE(sys::WriteAll(connection.get(), &request, sizeof(request)).ok());
  EXPECT_EQ(PodUnderTest::Receive(connection.get(), &input).type, ReplyType::kDone);
  ASSERT_TRUE(sys::WriteAll(input.get(), "typed\n", 6).ok());
  pod.AwaitLog("b", "typed");
  EXPECT_EQ(pod.Output("b"), "typed\n");
}

KERNEL_TEST(ContainerStart, IsAppendedToAnExistingLog) {
  PodUnderTest pod;
  pod.directory().Write("logs/a", "before\n");
  pod.Run("a", "echo after");
  EXPECT_THAT(pod.Log("a"), MatchesRegex("before\n.* stdout F after\n"));
}

}  // namespace
}  // namespace berth::test
