// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::HookPlan;
using runtime::LaunchPlan;
using runtime::LaunchStep;
using runtime::PidNamespace;
using runtime::PodPlan;
using runtime::ReplyType;
using runtime::ShimReply;
using ::testing::HasSubstr;
using ::testing::StartsWith;

HookPlan Hook(const std::string& script) {
  return {"/bin/sh", {"sh", "-c", script}, {"GREETING=hello"}};
}

// The plan with hooks that read where they are from $BUNDLE.
LaunchPlan WithHooks(PodUnderTest& pod, LaunchPlan plan, std::vector<HookPlan> hooks) {
  plan.bundle = pod.directory().Join("bundle");
  plan.hook_state = R"({"status":"creating","pid":)";
  std::filesystem::create_directories(plan.bundle);
  for (HookPlan& hook : hooks) {
    hook.environment.push_back("BUNDLE=" + plan.bundle);
    hook.environment.push_back("PATH=/usr/bin:/bin");
  }
  plan.hooks = std::move(hooks);
  return plan;
}

std::string Said(PodUnderTest& pod) {
  return pod.directory().Read(absl::StrCat("bundle/", runtime::kHookOutput));
}

KERNEL_TEST(Hooks, ChangeTheContainerFromOutsideBeforeItRuns) {
  PodUnderTest pod;
  const std::string root = pod.directory().Join("pod/root");
  LaunchPlan plan =
      WithHooks(pod, pod.Plan("a", "cat /made; cat /link; stat -c %a /made"),
                {Hook("cat > $BUNDLE/state; echo one $GREETING; echo x > " + root + "/made"),
                 Hook("ln -s made " + root +
                      "/link; echo two; ls /proc/self/fd | wc -l; readlink /proc/1/ns/net")});
  plan.root.read_only = true;
  EXPECT_EQ(pod.Run(plan), "x\nx\n644\n");
  EXPECT_EQ(pod.directory().Read("bundle/state"), R"({"status":"creating","pid":1})");
  // 0, 1, 2 and that of ls; /proc is the host's still.
  EXPECT_THAT(Said(pod), StartsWith("two\n4\n"));
}

KERNEL_TEST(Hooks, RunInTheContainersNamespacesAndCgroup) {
  PodUnderTest pod;
  const std::string script =
      "for name in net pid uts cgroup; do readlink /proc/self/ns/$name; done; "
      "cat /proc/self/cgroup";
  const std::string inside = pod.Run(WithHooks(pod, pod.Plan("a", script), {Hook(script)}));
  EXPECT_THAT(inside, HasSubstr("pid:["));
  EXPECT_EQ(Said(pod), inside);
}

// Whoever has CAP_SYS_PTRACE in there would own what a hook can do.
KERNEL_TEST(Hooks, StayOutOfAPidNamespaceThatOthersAreIn) {
  PodPlan pod_plan;
  pod_plan.shared_pid = true;
  PodUnderTest pod(pod_plan);
  LaunchPlan plan =
      WithHooks(pod, In(PidNamespace::kPod, pod.Plan("a", "readlink /proc/self/ns/pid")),
                {Hook("readlink /proc/self/ns/pid")});
  const std::string inside = pod.Run(plan);
  EXPECT_NE(inside, "");
  EXPECT_EQ(
      Said(pod),
      std::filesystem::read_symlink(absl::StrCat("/proc/", pod.shim_pid(), "/ns/pid")).string() +
          "\n");
  EXPECT_NE(inside, Said(pod));
}

KERNEL_TEST(Hooks, ThatFailEndTheStart) {
  PodUnderTest pod;
  ShimReply reply = pod.Start(WithHooks(pod, pod.Plan("a", "true"),
                                        {Hook("true"), Hook("echo why; exit 3"), Hook("echo no")}));
  EXPECT_EQ(reply.type, ReplyType::kFailed);
  EXPECT_EQ(reply.step, LaunchStep::kHooks);
  EXPECT_EQ(reply.error, -3);
  EXPECT_EQ(reply.item, 1u);
  EXPECT_EQ(Said(pod), "why\n");
  HookPlan absent = Hook("");
  absent.path = "/no/such/hook";
  reply = pod.Start(WithHooks(pod, pod.Plan("a", "true"), {absent}));
  EXPECT_EQ(reply.step, LaunchStep::kHooks);
  EXPECT_EQ(reply.error, ENOENT);
}

KERNEL_TEST(Hooks, ThatTakeTooLongAreKilled) {
  PodPlan pod_plan;
  pod_plan.shared_pid = true;
  PodUnderTest pod(pod_plan);
  HookPlan slow = Hook("exec sleep 1000");
  slow.timeout = 1;
  for (PidNamespace where : {PidNamespace::kPrivate, PidNamespace::kPod}) {
    ShimReply reply = pod.Start(WithHooks(pod, In(where, pod.Plan("a", "true")), {slow}));
    EXPECT_EQ(reply.step, LaunchStep::kHooks);
    EXPECT_EQ(reply.error, ETIMEDOUT);
  }
}

}  // namespace
}  // namespace berth::test
