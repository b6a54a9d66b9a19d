// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/clock.h"
#include "base/sys/process.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::PidNamespace;
using runtime::PodPlan;
using ::testing::HasSubstr;
using ::testing::Not;

PodPlan SharedPlan() {
  PodPlan plan;
  plan.shared_pid = true;
  return plan;
}

KERNEL_TEST(CgroupProcesses, OfOneContainerEndWithItsFirst) {
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

KERNEL_TEST(CgroupProcesses, AreSignalledWithThoseInCgroupsOfTheirOwn) {
  PodUnderTest pod;
  // A privileged container may make cgroups below its own; signals reach into them.
  LaunchPlan plan = pod.Plan(
      "a",
      "(trap 'echo inner' USR1; mkdir /cg/sub && sh -c 'echo $PPID' > /cg/sub/cgroup.procs;"
      "echo ready; while true; do usleep 1000; done) & trap 'echo outer' USR1; while true; do "
      "usleep 1000; done");
  runtime::MountPlan mount;
  mount.source = plan.cgroup_directories.back();
  mount.destination = "/cg";
  plan.mounts.push_back(mount);
  pod.Launch(plan);
  pod.AwaitLog("a", "ready");
  EXPECT_EQ(pod.Signal("a", SIGUSR1, true).type, runtime::ReplyType::kDone);
  pod.AwaitLog("a", "inner");
  pod.AwaitLog("a", "outer");
  EXPECT_EQ(pod.Signal("a", SIGKILL, true).type, runtime::ReplyType::kDone);
  pod.AwaitExit("a");
  EXPECT_TRUE(std::filesystem::remove(plan.cgroup_directories.back() + "/sub"));
}

KERNEL_TEST(CgroupProcesses, AreSignalledThoughTheyAreMany) {
  PodUnderTest pod(SharedPlan());
  LaunchPlan plan =
      In(PidNamespace::kPod,
         pod.Plan("a", "for i in $(seq 1 700); do sleep 1000 & done; echo ready; wait"));
  pod.Launch(plan);
  pod.AwaitLog("a", "ready");
  EXPECT_EQ(pod.Signal("a", SIGKILL, false).type, runtime::ReplyType::kDone);
  EXPECT_EQ(pod.AwaitExit("a").exit_code, 137);
  EXPECT_TRUE(Eventually([&] {
    return pod.directory().Read("../.." + plan.cgroup_directories.back() + "/cgroup.procs").empty();
  }));
}

}  // namespace
}  // namespace berth::test
