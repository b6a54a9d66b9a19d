// SPDX-License-Identifier: Apache-2.0

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::LaunchStep;

KERNEL_TEST(WorkingDirectory, MakesTheWorkingDirectoryAndStaysInsideTheRoot) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "pwd; stat -c %a .");
  plan.process.working_directory = "/made/for/it";
  plan.process.uid = 1000;
  EXPECT_EQ(pod.Run(plan), "/made/for/it\n755\n");
  plan = pod.Plan("b", "pwd; ls -d /bin");
  plan.process.working_directory = "/../../..";
  EXPECT_EQ(pod.Run(plan), "/\n/bin\n");
  plan = pod.Plan("c", "pwd");
  plan.process.working_directory = "/proc/self/fd/3";  // as in CVE-2024-21626
  EXPECT_EQ(pod.Start(plan).step, LaunchStep::kWorkingDirectory);
}

}  // namespace
}  // namespace berth::test
