// SPDX-License-Identifier: Apache-2.0

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;

KERNEL_TEST(Identity, HasExactlyTheIdentityOfThePlan) {
  PodUnderTest pod;
  LaunchPlan plan =
      pod.Plan("a", "id -u; id -g; id -G; grep -e Cap -e NoNewPrivs /proc/self/status");
  plan.process.uid = 1000;
  plan.process.gid = 2000;
  plan.process.groups = {2000, 3000};
  plan.process.no_new_privileges = true;
  EXPECT_EQ(pod.Run(plan),
            "1000\n2000\n2000 3000\n"
            "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
            "CapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n");
}

KERNEL_TEST(Identity, HasExactlyTheCapabilitiesOfThePlan) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "id -G; grep -e Cap -e NoNewPrivs /proc/self/status");
  plan.process.capabilities = {
      .bounding = 0x21, .effective = 0x21, .permitted = 0x21, .ambient = 0};
  EXPECT_EQ(pod.Run(plan),
            "0\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000021\nCapEff:\t0000000000000021\n"
            "CapBnd:\t0000000000000021\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\n");
}

KERNEL_TEST(Identity, GivesAmbientCapabilitiesWhereAsked) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "grep -e CapEff -e CapAmb -e CapInh /proc/self/status");
  plan.process.uid = 1000;
  plan.process.capabilities = {
      .bounding = 0x421, .effective = 0x400, .permitted = 0x400, .ambient = 0x400};
  EXPECT_EQ(pod.Run(plan),
            "CapInh:\t0000000000000400\nCapEff:\t0000000000000400\nCapAmb:\t0000000000000400\n");
}

}  // namespace
}  // namespace berth::test
