// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_kill.h"

#include <signal.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

KERNEL_TEST(KillContainer, APodWithAHungShimCanBeStopped) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("hung");
  const std::string container = fixture.Start(pod, "main", "exec sleep 1000");
  ASSERT_EQ(kill(runtime.FindPod(pod)->shim_pid, SIGSTOP), 0);
  EXPECT_THAT(runtime.StopPod(Call::WithTimeout(absl::Seconds(40)), pod), test::IsOk());
  EXPECT_EQ(fixture.StateOf(container), v1::CONTAINER_EXITED);
  EXPECT_EQ(runtime.FindContainer(container)->exit_code, 137);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(KillContainer, WithoutItsShimsHelp) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("hung");
  const std::string container = fixture.Start(pod, "main", "exec sleep 1000");
  const int shim = runtime.FindPod(pod)->shim_pid;
  ASSERT_EQ(kill(shim, SIGSTOP), 0);
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), container, absl::ZeroDuration()), test::IsOk());
  EXPECT_EQ(runtime.FindContainer(container)->exit_code, 137);
  EXPECT_EQ(runtime.FindContainer(container)->reason, "Error");
  ASSERT_EQ(kill(shim, SIGCONT), 0);
  // What the shim tells later does not change what is known.
  const std::string next = fixture.Start(pod, "next", "exit 3");
  EXPECT_EQ(fixture.AwaitExit(next).exit_code, 3);
  EXPECT_EQ(runtime.FindContainer(container)->exit_code, 137);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

}  // namespace
}  // namespace berth::runtime
