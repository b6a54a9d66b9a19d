// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/clock.h"
#include "base/sys/file.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::PidNamespace;
using runtime::PodPlan;
using runtime::ReplyType;
using runtime::ShimReply;
using ::testing::HasSubstr;
using ::testing::Not;

LaunchPlan In(PidNamespace where, LaunchPlan plan) {
  plan.pid_namespace = where;
  return plan;
}

PodPlan SharedPlan() {
  PodPlan plan;
  plan.shared_pid = true;
  return plan;
}

KERNEL_TEST(SharedProcesses, SeeEachOtherAndAnInitThatShowsNothing) {
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

KERNEL_TEST(SharedProcesses, ShowAnEmptyRootOfInitEvenToThePrivileged) {
  PodUnderTest pod(SharedPlan());
  LaunchPlan plan =
      In(PidNamespace::kPod,
         pod.Plan("a", "ls -A /proc/1/root/ && echo empty; touch /proc/1/root/x 2>&1"));
  const uint64_t all =
      ~uint64_t{0} >> 23 & ~(uint64_t{1} << 24);  // the test may lack CAP_SYS_RESOURCE
  plan.process.capabilities = {all, all, all, 0};
  EXPECT_EQ(pod.Run(plan), "empty\ntouch: /proc/1/root/x: Read-only file system\n");
}

KERNEL_TEST(SharedProcesses, AreReapedByTheInit) {
  PodUnderTest pod(SharedPlan());
  pod.Launch(In(PidNamespace::kPod, pod.Plan("a", "exec sleep 1000")));
  // Orphans of an exec that ends before them.
  EXPECT_EQ(pod.Exec("a", "for i in 1 2 3 4 5; do (usleep 20000 &) ; done").exited.exit_code, 0);
  int64_t deadline = Soon();
  std::string left;
  do {
    left = pod.Exec("a", "ps -o pid,stat,args | grep -v -e ps -e grep -e PID").out;
    ASSERT_LT(sys::MonotonicTime(), deadline) << left;
  } while (left.find("usleep") != std::string::npos || left.find("Z") != std::string::npos);
}

KERNEL_TEST(SharedProcesses, OfOneContainerEndWithItsFirst) {
  for (PidNamespace where : {PidNamespace::kPod, PidNamespace::kHost}) {
    PodUnderTest pod(SharedPlan());
    pod.Launch(In(PidNamespace::kPod, pod.Plan("other", "exec sleep 3333")));
    LaunchPlan plan =
        In(where,
           pod.Plan("a", "(trap '' TERM; setsid sleep 2222) & sleep 2222 & usleep 20000; exit 4"));
    pod.Launch(plan);
    int64_t begin = sys::MonotonicTime();
    EXPECT_EQ(pod.AwaitExit("a").exit_code, 4);
    EXPECT_LT(sys::MonotonicTime() - begin, sys::kSecond);
    const std::string left = pod.Exec("other", "ps -o args").out;
    EXPECT_THAT(left, Not(HasSubstr("2222")));
    EXPECT_THAT(left, HasSubstr("3333"));
  }
}

KERNEL_TEST(SharedProcesses, OfATargetAreSeen) {
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

KERNEL_TEST(SharedProcesses, OfTheHostAreSeenWhereAsked) {
  PodUnderTest pod;
  const std::string output =
      pod.Run(In(PidNamespace::kHost, pod.Plan("a", "ps -o args; readlink /proc/self/ns/pid")));
  EXPECT_THAT(output, HasSubstr("berth-shim"));
  EXPECT_THAT(output, HasSubstr("kernel.runtime.shim"));
}

KERNEL_TEST(SharedProcesses, AreAllSignalledWhereAsked) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a",
                      "trap 'echo first' USR1; (trap 'echo second' USR1; echo ready; while true; "
                      "do usleep 1000; done) &"
                      "while true; do usleep 1000; done"));
  pod.AwaitLog("a", "ready");
  EXPECT_EQ(pod.Signal("a", SIGUSR1, false).type, ReplyType::kDone);
  pod.AwaitLog("a", "first");
  EXPECT_THAT(pod.Log("a"), Not(HasSubstr("second")));
  EXPECT_EQ(pod.Signal("a", SIGUSR1, true).type, ReplyType::kDone);
  pod.AwaitLog("a", "second");
  EXPECT_EQ(pod.Signal("a", SIGKILL, true).type, ReplyType::kDone);
  EXPECT_EQ(pod.AwaitExit("a").exit_code, 137);
}

}  // namespace
}  // namespace berth::test
