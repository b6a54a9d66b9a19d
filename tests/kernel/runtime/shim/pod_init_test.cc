// SPDX-License-Identifier: Apache-2.0
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/clock.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::PidNamespace;
using runtime::PodPlan;
using ::testing::HasSubstr;

PodPlan SharedPlan() {
  PodPlan plan;
  plan.shared_pid = true;
  return plan;
}

KERNEL_TEST(PodInit, SeeEachOtherAndAnInitThatShowsNothing) {
  PodUnderTest pod(SharedPlan());
  pod.Launch(In(PidNamespace::kPod, pod.Plan("a", "exec sleep 1111")));
  const std::string output = pod.Run(
      In(PidNamespace::kPod, pod.Plan("b",
                                      "ps -o pid,args; ls -A /proc/1/root/ 2>&1; cat /proc/1/comm;"
                                      "grep -e CapEff -e CapBnd /proc/1/status; ls /proc/1/fd "
                                      "2>&1; kill -9 1; kill -0 1 && echo alive")));
  EXPECT_THAT(output, HasSubstr("sleep 1111"));
  EXPECT_THAT(output,
              HasSubstr("berth-init\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n"));
  EXPECT_THAT(output, HasSubstr("ls: /proc/1/root/: Permission denied\n"));
  EXPECT_THAT(output, HasSubstr("alive"));
}

KERNEL_TEST(PodInit, ShowAnEmptyRootOfInitEvenToThePrivileged) {
  PodUnderTest pod(SharedPlan());
  LaunchPlan plan =
      In(PidNamespace::kPod,
         pod.Plan("a", "ls -A /proc/1/root/ && echo empty; touch /proc/1/root/x 2>&1"));
  const uint64_t all =
      ~uint64_t{0} >> 23 & ~(uint64_t{1} << 24);  // the test may lack CAP_SYS_RESOURCE
  plan.process.capabilities = {all, all, all, 0};
  EXPECT_EQ(pod.Run(plan), "empty\ntouch: /proc/1/root/x: Read-only file system\n");
}

KERNEL_TEST(PodInit, AreReapedByTheInit) {
  PodUnderTest pod(SharedPlan());
  pod.Launch(In(PidNamespace::kPod, pod.Plan("a", "exec sleep 1000")));
  // Orphans of an exec that ends before them.
  EXPECT_EQ(pod.Exec("a", "for i in 1 2 3 4 5; do (usleep 20000 &) ; done").exited.exit_code, 0);
  EXPECT_TRUE(Eventually([&] {
    const std::string left =
        pod.Exec("a", "ps -o pid,stat,args | grep -v -e ps -e grep -e PID").out;
    return left.find("usleep") == std::string::npos && left.find("Z") == std::string::npos;
  }));
}

}  // namespace
}  // namespace berth::test
