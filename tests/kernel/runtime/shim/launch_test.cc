// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/resource.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/process.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::LaunchStep;
using runtime::ReplyType;
using runtime::ShimReply;

KERNEL_TEST(Launch, RunsAProgramAndTellsItsExit) {
  PodUnderTest pod;
  EXPECT_EQ(pod.Run("a", "echo hello; exit 3"), "hello\n");
  const ShimReply exited = pod.AwaitExit("a");
  EXPECT_EQ(exited.exit_code, 3);
  EXPECT_EQ(exited.oom_killed, 0u);
  EXPECT_GT(exited.started_at, 0);
  EXPECT_GE(exited.finished_at, exited.started_at);
}

KERNEL_TEST(Launch, LeaksNoDescriptor) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("other", "sleep 100"));
  LaunchPlan plan = pod.Plan("a", "ls /proc/self/fd; ls -l /proc/1/fd | grep -v -e null -e pipe");
  const std::string output = pod.Run(plan);
  EXPECT_EQ(output, "0\n1\n2\n3\ntotal 0\n");  // 3 is of ls itself
  EXPECT_EQ(pod.Exec("other", "for f in /proc/self/fd/*; do echo ${f##*/}; done").out,
            "0\n1\n2\n3\n");
}

KERNEL_TEST(Launch, FindsTheProgramInThePathOfTheContainer) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "");
  plan.process.arguments = {"echo", "found"};
  plan.process.environment = {"PATH=/nowhere::/bin"};
  EXPECT_EQ(pod.Run(plan), "found\n");
  plan = pod.Plan("b", "");
  plan.process.arguments = {"echo", "found"};
  plan.process.environment = {};
  EXPECT_EQ(pod.Run(plan), "found\n");
}

KERNEL_TEST(Launch, TellsWhichStepFailedAndWhy) {
  PodUnderTest pod;
  struct Case {
    const char* what;
    void (*spoil)(LaunchPlan&);
    LaunchStep step;
    int error;
    uint32_t item;
  };
  const Case cases[] = {
      {"no such program", [](LaunchPlan& p) { p.process.arguments = {"nothing"}; },
       LaunchStep::kExec, ENOENT, 0},
      {"not executable", [](LaunchPlan& p) { p.process.arguments = {"/etc"}; }, LaunchStep::kExec,
       EACCES, 0},
      {"no arguments", [](LaunchPlan& p) { p.process.arguments = {}; }, LaunchStep::kExec, EINVAL,
       0},
      {"no source",
       [](LaunchPlan& p) {
         p.mounts.emplace_back().source = "/nowhere";
         p.mounts.back().destination = "/x";
       },
       LaunchStep::kMounts, ENOENT, 2},
      {"no filesystem", [](LaunchPlan& p) { p.mounts[1].source = "nofs"; }, LaunchStep::kMounts,
       ENODEV, 1},
      {"no layer",
       [](LaunchPlan& p) {
         p.root.lower = {"/nowhere", "/"};
       },
       LaunchStep::kRootFilesystem, ENOENT, 0},
      {"directory is a file", [](LaunchPlan& p) { p.process.working_directory = "/bin/sh"; },
       LaunchStep::kWorkingDirectory, ENOTDIR, 0},
      {"not a cgroup", [](LaunchPlan& p) { p.cgroup_directories = {"/tmp"}; }, LaunchStep::kCgroup,
       ENOENT, 0},
      {"bad limit",
       [](LaunchPlan& p) {
         p.process.rlimits = {{RLIMIT_CORE, 0, 0}, {RLIMIT_NOFILE, 2, 1}};
       },
       LaunchStep::kRlimits, EINVAL, 1},
      {"no log directory", [](LaunchPlan& p) { p.log_path = "/nowhere//x"; }, LaunchStep::kLog,
       ENOENT, 0},
      {"log is a fifo", [](LaunchPlan& p) { p.log_path = "/dev//null"; }, LaunchStep::kLog, EINVAL,
       0},
      {"no pod init", [](LaunchPlan& p) { p.pid_namespace = runtime::PidNamespace::kPod; },
       LaunchStep::kNamespaces, ESRCH, 0},
      {"id is a path", [](LaunchPlan& p) { p.container_id = "../x"; }, LaunchStep::kDecodePlan,
       EINVAL, 0},
  };
  for (const Case& each : cases) {
    LaunchPlan plan = pod.Plan("a", "true");
    each.spoil(plan);
    const ShimReply reply = pod.Start(plan);
    EXPECT_EQ(reply.type, ReplyType::kFailed) << each.what;
    EXPECT_EQ(reply.step, each.step) << each.what << ": " << StepName(reply.step);
    EXPECT_EQ(reply.error, each.error) << each.what;
    EXPECT_EQ(reply.item, each.item) << each.what;
  }
  EXPECT_EQ(pod.Run("a", "echo fine"), "fine\n");
}

KERNEL_TEST(Launch, DiesWithTheShim) {
  PodUnderTest pod;
  const ShimReply started = pod.Launch(pod.Plan("a", "sleep 100"));
  LaunchPlan plan = pod.Plan("b", "sleep 100");
  plan.process.uid = 1000;
  const ShimReply other = pod.Launch(plan);
  sys::ErrnoOr<sys::Fd> process = sys::OpenProcess(started.pid);
  sys::ErrnoOr<sys::Fd> unprivileged = sys::OpenProcess(other.pid);
  ASSERT_TRUE(process.ok() && unprivileged.ok());
  ASSERT_TRUE(pod.shim().Signal(SIGTERM).ok());  // ignored
  EXPECT_EQ(pod.Exec("a", "echo x").out, "x\n");
  ASSERT_TRUE(pod.KillShim());
  EXPECT_TRUE(sys::AwaitExit(process->get(), Soon()).ok());
  EXPECT_TRUE(sys::AwaitExit(unprivileged->get(), Soon()).ok());
}

}  // namespace
}  // namespace berth::test
