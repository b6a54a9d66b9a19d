// SPDX-License-Identifier: Apache-2.0

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::PidNamespace;
using ::testing::HasSubstr;

LaunchPlan In(PidNamespace where, LaunchPlan plan) {
  plan.pid_namespace = where;
  return plan;
}

KERNEL_TEST(Clone, OfATargetAreSeen) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("target", "exec sleep 4444"));
  pod.Launch(pod.Plan("other", "exec sleep 5555"));
  LaunchPlan plan =
      In(PidNamespace::kTarget, pod.Plan("debug", "ps -o pid,args | grep sleep | grep -v grep"));
  plan.pid_target = "target";
  EXPECT_EQ(pod.Run(plan), "    1 sleep 4444\n");
  plan = In(PidNamespace::kTarget, pod.Plan("again", "true"));
  plan.pid_target = "debug";  // which has exited
  EXPECT_EQ(pod.Start(plan).error, ESRCH);
  EXPECT_EQ(pod.Run("own", "echo $$"), "1\n");  // the shim's own children are not affected
}

KERNEL_TEST(Clone, OfTheHostAreSeenWhereAsked) {
  PodUnderTest pod;
  const std::string output =
      pod.Run(In(PidNamespace::kHost, pod.Plan("a", "ps -o args; readlink /proc/self/ns/pid")));
  EXPECT_THAT(output, HasSubstr("berth-shim"));
  EXPECT_THAT(output, HasSubstr("kernel.runtime.shim"));
}

}  // namespace
}  // namespace berth::test
