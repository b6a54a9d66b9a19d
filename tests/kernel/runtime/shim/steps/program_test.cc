// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::LaunchStep;
using runtime::ReplyType;
using runtime::ShimReply;

// A start by a program that shows what it finds and ends with 5.
ShimReply Show(PodUnderTest& pod, LaunchPlan plan, const std::string& script) {
  plan.program.arguments = {"/bin/sh", "-c", script + "; exit 5"};
  plan.program.environment = {"PATH=/usr/bin:/bin", "A=b"};
  plan.program.directory = pod.directory().Join("bundle");
  plan.program.pid_file = pod.directory().Join("bundle/pid");
  std::filesystem::create_directories(plan.program.directory);
  const ShimReply failed = pod.Start(plan);
  EXPECT_EQ(failed.type, ReplyType::kFailed);
  return failed;
}

KERNEL_TEST(Program, FindsTheStageAndNothingHidden) {
  PodUnderTest pod;
  const TempDir& directory = pod.directory();
  std::filesystem::create_directories(directory.Join("volume/inner"));
  std::filesystem::create_directories(directory.Join("secret/inner"));
  directory.Write("file", "of the host\n");
  LaunchPlan plan = pod.Plan("a", "unused");
  plan.mounts.resize(4);
  plan.mounts[2].source = directory.Join("volume");
  plan.mounts[2].destination = "/volume";
  plan.mounts[3].source = directory.Join("file");
  plan.mounts[3].destination = "/file";
  plan.program.narrowed_directory = directory.Join("secret");
  const std::string stage = directory.Join("pod/root");
  const ShimReply failed =
      Show(pod, plan,
           absl::StrCat("pwd; cd ", stage, "; echo rootfs/* mounts/*/*; cat mounts/3; ls ",
                        directory.Join("secret"), "; echo $A; ls /proc/self/fd"));
  EXPECT_EQ(failed.step, LaunchStep::kProgram) << StepName(failed.step);
  EXPECT_EQ(failed.error, 5);
  EXPECT_EQ(pod.Output("a"), absl::StrCat(directory.Join("bundle"),
                                          "\nrootfs/bin rootfs/etc rootfs/home rootfs/locked "
                                          "mounts/2/inner\nof the host\nb\n0\n1\n2\n3\n"));
  EXPECT_TRUE(std::filesystem::is_empty(stage));
}

KERNEL_TEST(Program, FindsTheNamespaceThatItsContainerJoins) {
  runtime::PodPlan shared;
  shared.shared_pid = true;
  PodUnderTest pod(shared);
  LaunchPlan plan = pod.Plan("a", "unused");
  plan.pid_namespace = runtime::PidNamespace::kPod;
  const ShimReply failed =
      Show(pod, plan,
           absl::StrCat("nsenter --pid=", pod.directory().Join("pod/root/pid"),
                        " /bin/sh -c 'echo $$'; readlink /proc/$$/ns/pid > own; "
                        "readlink /proc/$$/ns/pid_for_children | cmp - own && echo stays"));
  EXPECT_EQ(failed.error, 5);
  EXPECT_EQ(pod.Output("a"), "2\nstays\n");
}

KERNEL_TEST(Program, OfATerminalHasASocketForItAndNoStreams) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "unused");
  plan.process.terminal = true;
  plan.program.console = "console";
  const std::string streams = pod.directory().Join("streams");
  const ShimReply failed =
      Show(pod, plan, absl::StrCat("(test -S console && readlink /proc/$$/fd/[012]) > ", streams));
  EXPECT_EQ(failed.error, 5);
  EXPECT_EQ(pod.directory().Read("streams"), "/dev/null\n/dev/null\n/dev/null\n");
}

}  // namespace
}  // namespace berth::test
