// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim_sync.h"

#include <signal.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

KERNEL_TEST(ShimSync, AShimThatDiesWhileItIsHeardIsNoticed) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = fixture.Start(pod, "main", "exec sleep 1000");
  ASSERT_EQ(kill(runtime.FindPod(pod)->shim_pid, SIGKILL), 0);
  EXPECT_EQ(fixture.AwaitExit(container).exit_code, 255);
  EXPECT_EQ(runtime.FindPod(pod)->state, v1::SANDBOX_NOTREADY);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(ShimSync, AHungShimDelaysNobodyAndComesBack) {
  RuntimeFixture fixture;
  fixture.Open();
  const std::string hung = fixture.RunPod("hung");
  const std::string in_hung = fixture.Start(hung, "main", "exec sleep 1000");
  const std::string other = fixture.RunPod("other");
  const std::string in_other = fixture.Start(other, "main", "exec sleep 1000");
  const int shim = fixture.runtime().FindPod(hung)->shim_pid;
  fixture.Close();
  ASSERT_EQ(kill(shim, SIGSTOP), 0);
  const absl::Time begin = SteadyNow();
  PodRuntime& runtime = fixture.Open();
  EXPECT_LT(SteadyNow() - begin, absl::Seconds(15));
  EXPECT_EQ(runtime.FindPod(other)->state, v1::SANDBOX_READY);
  EXPECT_EQ(fixture.StateOf(in_other), v1::CONTAINER_RUNNING);
  EXPECT_EQ(runtime.FindPod(hung)->state, v1::SANDBOX_NOTREADY);
  EXPECT_EQ(fixture.StateOf(in_hung), v1::CONTAINER_UNKNOWN);
  ASSERT_EQ(kill(shim, SIGCONT), 0);
  EXPECT_TRUE(Eventually([&] { return runtime.FindPod(hung)->state == v1::SANDBOX_READY; },
                         absl::Seconds(20)));
  EXPECT_EQ(fixture.StateOf(in_hung), v1::CONTAINER_RUNNING);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), hung), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), other), test::IsOk());
  fixture.ExpectNothingLeft();
}

}  // namespace
}  // namespace berth::runtime
