// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::PidNamespace;
using runtime::PodPlan;
using ::testing::HasSubstr;

KERNEL_TEST(Namespaces, IsProcessOneOfItsOwnNamespaceInThePodsOthers) {
  PodPlan plan;
  plan.hostname = "podhost";
  PodUnderTest pod(plan);
  EXPECT_EQ(
      pod.Run("a", "echo $$; hostname; set -- /proc/[0-9]*; echo $#; readlink /proc/self/ns/net"),
      absl::StrCat(
          "1\npodhost\n1\n",
          [&pod] {
            char link[64] = {};
            const ssize_t size = readlink(absl::StrCat("/proc/", pod.shim_pid(), "/ns/net").c_str(),
                                          link, sizeof(link) - 1);
            return size < 0 ? std::string("no link") : std::string(link);
          }(),
          "\n"));
  EXPECT_THAT(pod.Run("b", "ip link show lo"), HasSubstr("UP"));
}

KERNEL_TEST(Namespaces, ShowTheProcessesOfATarget) {
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

KERNEL_TEST(Namespaces, ShowTheProcessesOfTheHostWhereAsked) {
  PodUnderTest pod;
  const std::string output =
      pod.Run(In(PidNamespace::kHost, pod.Plan("a", "ps -o args; readlink /proc/self/ns/pid")));
  EXPECT_THAT(output, HasSubstr("berth-shim"));
  EXPECT_THAT(output, HasSubstr("kernel.runtime.shim"));
}

}  // namespace
}  // namespace berth::test
