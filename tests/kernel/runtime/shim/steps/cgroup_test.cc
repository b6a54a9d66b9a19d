// SPDX-License-Identifier: Apache-2.0

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using ::testing::HasSubstr;
using ::testing::Not;

KERNEL_TEST(Cgroup, IsInItsCgroupsWithANamespaceOfItsOwn) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "cut -d : -f 3 /proc/self/cgroup | sort | uniq -c");
  plan.process.arguments = {"cat", "/proc/self/cgroup"};
  const std::string own = pod.Run(plan);
  if (pod.CgroupDirectories("a").size() > 1) {  // version 1's
    EXPECT_THAT(own, HasSubstr("memory:/\n"));
  }
  EXPECT_THAT(own, HasSubstr("0::/\n"));
  plan = pod.Plan("b", "");
  plan.process.arguments = {"cat", "/proc/self/cgroup"};
  plan.cgroup_namespace = false;
  const std::string shared = pod.Run(plan);
  EXPECT_THAT(shared, HasSubstr("/b\n"));
  EXPECT_THAT(shared, Not(HasSubstr("memory:/\n")));
}

}  // namespace
}  // namespace berth::test
