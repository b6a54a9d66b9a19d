// SPDX-License-Identifier: Apache-2.0
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
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
using runtime::PodPlan;
using runtime::ReplyType;
using runtime::ShimReply;
using ::testing::HasSubstr;
using ::testing::Not;

// A filter that answers `call` with `errno_value` and allows everything else.
std::string Filter(uint32_t call, uint32_t errno_value) {
  const sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errno_value),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  return std::string(reinterpret_cast<const char*>(program), sizeof(program));
}

KERNEL_TEST(Launch, RunsAProgramAndTellsItsExit) {
  PodUnderTest pod;
  EXPECT_EQ(pod.Run("a", "echo hello; exit 3"), "hello\n");
  const ShimReply exited = pod.AwaitExit("a");
  EXPECT_EQ(exited.exit_code, 3);
  EXPECT_EQ(exited.oom_killed, 0u);
  EXPECT_GT(exited.started_at, 0);
  EXPECT_GE(exited.finished_at, exited.started_at);
}

KERNEL_TEST(Launch, IsProcessOneOfItsOwnNamespaceInThePodsOthers) {
  PodPlan plan;
  plan.hostname = "podhost";
  PodUnderTest pod(plan);
  EXPECT_EQ(
      pod.Run("a", "echo $$; hostname; ls /proc | grep -c '^[0-9]'; readlink /proc/self/ns/net"),
      absl::StrCat(
          "1\npodhost\n3\n",
          [&pod] {
            char link[64] = {};
            readlink(absl::StrCat("/proc/", pod.shim_pid(), "/ns/net").c_str(), link,
                     sizeof(link) - 1);
            return std::string(link);
          }(),
          "\n"));
  EXPECT_THAT(pod.Run("b", "ip link show lo"), HasSubstr("UP"));
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

KERNEL_TEST(Launch, HasExactlyTheIdentityOfThePlan) {
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

KERNEL_TEST(Launch, HasExactlyTheCapabilitiesOfThePlan) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "id -G; grep -e Cap -e NoNewPrivs /proc/self/status");
  plan.process.capabilities = {
      .bounding = 0x21, .effective = 0x21, .permitted = 0x21, .ambient = 0};
  EXPECT_EQ(pod.Run(plan),
            "0\nCapInh:\t0000000000000000\nCapPrm:\t0000000000000021\nCapEff:\t0000000000000021\n"
            "CapBnd:\t0000000000000021\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\n");
}

KERNEL_TEST(Launch, GivesAmbientCapabilitiesWhereAsked) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "grep -e CapEff -e CapAmb -e CapInh /proc/self/status");
  plan.process.uid = 1000;
  plan.process.capabilities = {
      .bounding = 0x421, .effective = 0x400, .permitted = 0x400, .ambient = 0x400};
  EXPECT_EQ(pod.Run(plan),
            "CapInh:\t0000000000000400\nCapEff:\t0000000000000400\nCapAmb:\t0000000000000400\n");
}

KERNEL_TEST(Launch, LoadsTheFilterWithAndWithoutNoNewPrivileges) {
  PodUnderTest pod;
  for (bool no_new_privileges : {false, true}) {
    LaunchPlan plan =
        pod.Plan(absl::StrCat("a", no_new_privileges),
                 "grep -e NoNewPrivs -e Seccomp: /proc/self/status; mkdir /x || echo refused");
    plan.process.uid = 1000;
    plan.process.seccomp_program = Filter(SYS_mkdir, EPERM);
    plan.process.no_new_privileges = no_new_privileges;
    const std::string output = pod.Run(plan);
    EXPECT_THAT(output, HasSubstr(absl::StrCat("NoNewPrivs:\t", no_new_privileges ? 1 : 0)));
    EXPECT_THAT(output, HasSubstr("Seccomp:\t2"));
    EXPECT_THAT(output, HasSubstr("refused"));
  }
}

KERNEL_TEST(Launch, RefusesAFilterThatCannotBeLoaded) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "true");
  plan.process.seccomp_program = std::string(8, '\xff');
  ShimReply reply = pod.Start(plan);
  EXPECT_EQ(reply.type, ReplyType::kFailed);
  EXPECT_EQ(reply.step, LaunchStep::kSeccomp);
  EXPECT_EQ(reply.error, EINVAL);
  plan.process.no_new_privileges = true;
  reply = pod.Start(plan);
  EXPECT_EQ(reply.step, LaunchStep::kSeccomp);
}

KERNEL_TEST(Launch, SetsLimitsSignalsMaskAndScore) {
  PodUnderTest pod;
  LaunchPlan plan =
      pod.Plan("a",
               "ulimit -Sn; ulimit -Hn; umask; cat /proc/self/oom_score_adj;"
               "grep -e SigBlk -e SigIgn -e SigPnd /proc/self/status; cat /proc/self/sessionid;"
               "cut -d ' ' -f 6 /proc/1/stat");
  plan.process.rlimits = {{RLIMIT_NOFILE, 123, 456}};
  plan.process.oom_score_adj = 321;
  const std::string output = pod.Run(plan);
  EXPECT_THAT(output, HasSubstr("123\n456\n0022\n321\n"));
  EXPECT_THAT(output, HasSubstr("SigPnd:\t0000000000000000"));
  EXPECT_THAT(output, HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_THAT(output, HasSubstr("SigIgn:\t0000000000000000"));
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
      {"no log directory", [](LaunchPlan& p) { p.log_path = "/nowhere/x"; }, LaunchStep::kLog,
       ENOENT, 0},
      {"log is a fifo", [](LaunchPlan& p) { p.log_path = "/dev/null"; }, LaunchStep::kLog, EINVAL,
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

KERNEL_TEST(Launch, RefusesASecondContainerOfTheSameName) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 100"));
  const ShimReply reply = pod.Start(pod.Plan("a", "true"));
  EXPECT_EQ(reply.type, ReplyType::kFailed);
  EXPECT_EQ(reply.error, EEXIST);
}

KERNEL_TEST(Launch, MakesTheWorkingDirectoryAndStaysInsideTheRoot) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "pwd; stat -c %a .");
  plan.process.working_directory = "/made/for/it";
  plan.process.uid = 1000;
  EXPECT_EQ(pod.Run(plan), "/made/for/it\n755\n");
  plan = pod.Plan("b", "pwd; ls -d /bin");
  plan.process.working_directory = "/../../..";
  EXPECT_EQ(pod.Run(plan), "/\n/bin\n");
  plan = pod.Plan("c", "pwd");
  plan.process.working_directory = "/proc/self/fd/3";  // as in CVE-2024-21626
  EXPECT_EQ(pod.Start(plan).step, LaunchStep::kWorkingDirectory);
}

KERNEL_TEST(Launch, IsInItsCgroupsWithANamespaceOfItsOwn) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "cut -d : -f 3 /proc/self/cgroup | sort | uniq -c");
  plan.process.arguments = {"cat", "/proc/self/cgroup"};
  const std::string own = pod.Run(plan);
  EXPECT_THAT(own, HasSubstr("memory:/\n"));
  EXPECT_THAT(own, HasSubstr("0::/\n"));
  plan = pod.Plan("b", "");
  plan.process.arguments = {"cat", "/proc/self/cgroup"};
  plan.cgroup_namespace = false;
  const std::string shared = pod.Run(plan);
  EXPECT_THAT(shared, HasSubstr("/b\n"));
  EXPECT_THAT(shared, Not(HasSubstr("memory:/\n")));
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
