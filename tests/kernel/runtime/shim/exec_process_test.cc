// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/clock.h"
#include "base/sys/file.h"
#include "base/sys/process.h"
#include "base/sys/socket.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchStep;
using runtime::ProcessPlan;
using runtime::ReplyType;
using runtime::ShimReply;
using ::testing::HasSubstr;

// The exec cgroups of a container, over all hierarchies.
size_t CountExecCgroups(const PodUnderTest& pod, const std::string& id) {
  size_t count = 0;
  for (const std::string& directory : pod.CgroupDirectories(id)) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      count += entry.path().filename().string().rfind("exec-", 0) == 0 ? 1 : 0;
    }
  }
  return count;
}

void AwaitNoExecCgroups(const PodUnderTest& pod, const std::string& id) {
  EXPECT_TRUE(Eventually([&] { return CountExecCgroups(pod, id) == 0; }));
}

// One child of the shim as /proc shows it at one moment.
struct Sample {
  bool inside = false;  // has a number in a PID namespace of a container
  std::string capabilities;
  bool on_the_hosts_root = false;
  size_t descriptors = 0;
};

std::string FieldOf(const std::string& status, const std::string& name) {
  const size_t begin = status.find("\n" + name + ":");
  return begin == std::string::npos
             ? ""
             : status.substr(begin + 1, status.find('\n', begin + 1) - begin - 1);
}

std::optional<Sample> TakeSample(const std::string& pid) {
  const std::string directory = "/proc/" + pid;
  Sample sample;
  struct stat root = {};
  struct stat hosts = {};
  const bool has_root = stat((directory + "/root/").c_str(), &root) == 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory + "/fd", error)) {
    sample.descriptors += entry.path().empty() ? 0 : 1;
  }
  // Last, so that what is said to be inside was so, with no more, when the rest was read.
  std::stringstream text;
  text << std::ifstream(directory + "/status").rdbuf();
  const std::string status = text.str();
  if (!has_root || error || status.empty() || stat("/", &hosts) != 0) {
    return std::nullopt;  // it has ended
  }
  const std::string numbers = FieldOf(status, "NSpid");
  sample.inside = std::count(numbers.begin(), numbers.end(), '\t') > 1;
  sample.capabilities = FieldOf(status, "CapPrm");
  sample.on_the_hosts_root = root.st_dev == hosts.st_dev && root.st_ino == hosts.st_ino;
  return sample;
}

// Whoever has CAP_SYS_PTRACE in the container owns every process that it can see.
KERNEL_TEST(ExecProcess, IsInsideOnlyWithWhatTheContainerHas) {
  PodUnderTest pod;
  const ShimReply started = pod.Launch(pod.Plan("a", "exec sleep 100"));
  const std::string own = TakeSample(absl::StrCat(started.pid))->capabilities;
  const sys::ErrnoOr<sys::Fd> null = sys::OpenAt(AT_FDCWD, "/dev/null", O_RDWR);
  const int stdio[] = {null->get(), null->get(), null->get()};
  const std::string children =
      absl::StrCat("/proc/", pod.shim_pid(), "/task/", pod.shim_pid(), "/children");
  for (int i = 0; i < 50; ++i) {
    sys::Fd connection = pod.BeginExec("a", PodUnderTest::Process("true"), stdio);
    pollfd answer = {connection.get(), POLLIN, 0};
    while (poll(&answer, 1, 0) == 0) {
      std::ifstream list(children);
      for (std::string pid; list >> pid;) {
        const std::optional<Sample> sample = TakeSample(pid);
        if (pid == std::to_string(started.pid) || !sample.has_value() || !sample->inside) {
          continue;
        }
        EXPECT_EQ(sample->capabilities, own);
        EXPECT_FALSE(sample->on_the_hosts_root);
        EXPECT_LE(sample->descriptors, 4u);
      }
    }
    EXPECT_EQ(PodUnderTest::Receive(connection.get()).type, ReplyType::kStarted);
    EXPECT_EQ(PodUnderTest::Receive(connection.get()).type, ReplyType::kExited);
  }
}

KERNEL_TEST(ExecProcess, RunsInsideAndTellsOutputAndExit) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "echo mine > /etc/mark; echo ready; sleep 100"));
  pod.AwaitLog("a", "ready");
  ExecOutcome outcome = pod.Exec(
      "a", "cat /etc/mark; echo err >&2; set -- /proc/[0-9]*; echo $#; cat /proc/1/comm; exit 7");
  EXPECT_EQ(outcome.out, "mine\n2\nsleep\n");
  EXPECT_EQ(outcome.err, "err\n");
  EXPECT_EQ(outcome.exited.exit_code, 7);
  EXPECT_GT(outcome.started.pid, 0);
  EXPECT_EQ(pod.Exec("a", "kill -9 $$").exited.exit_code, 137);
  AwaitNoExecCgroups(pod, "a");
}

KERNEL_TEST(ExecProcess, SharesEveryNamespaceWithTheContainer) {
  PodUnderTest pod;
  const std::string script =
      "cd /proc/self/ns; for n in cgroup ipc mnt net pid uts; do readlink $n; done";
  pod.Launch(pod.Plan("a", script + "; echo ready; sleep 100"));
  pod.AwaitLog("a", "ready");
  EXPECT_EQ(pod.Exec("a", script + "; echo ready").out, pod.Output("a"));
}

KERNEL_TEST(ExecProcess, HasExactlyTheIdentityOfItsPlan) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 100"));
  ProcessPlan process = PodUnderTest::Process(
      "id -u; id -g; id -G; pwd; umask; cat /proc/self/oom_score_adj; grep -e CapEff -e CapBnd -e "
      "CapInh "
      "-e NoNewPrivs -e SigBlk /proc/self/status; cut -d ' ' -f 7 /proc/self/stat");
  process.uid = 1000;
  process.gid = 1001;
  process.groups = {1001, 77};
  process.no_new_privileges = true;
  process.capabilities = {.bounding = 3, .effective = 0, .permitted = 0, .ambient = 0};
  process.working_directory = "/home";
  process.oom_score_adj = 500;
  EXPECT_EQ(pod.Exec("a", process).out,
            "1000\n1001\n1001 77\n/home\n0022\n500\nSigBlk:\t0000000000000000\n"
            "CapInh:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:"
            "\t0000000000000003\nNoNewPrivs:\t1\n0\n");
}

KERNEL_TEST(ExecProcess, IsInTheCgroupsOfTheContainer) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 100"));
  const std::string cgroups = pod.Exec("a", "cat /proc/self/cgroup").out;
  if (pod.CgroupDirectories("a").size() > 1) {  // version 1's
    EXPECT_THAT(cgroups, HasSubstr("memory:/\n"));
    EXPECT_THAT(cgroups, HasSubstr("pids:/\n"));
  }
  EXPECT_THAT(cgroups, HasSubstr("0::/exec-"));
}

KERNEL_TEST(ExecProcess, TellsWhatFailed) {
  PodUnderTest pod;
  EXPECT_EQ(pod.Exec("nobody", "true").started.error, ESRCH);
  pod.Launch(pod.Plan("a", "sleep 100"));
  ProcessPlan process = PodUnderTest::Process("true");
  process.arguments = {"nothing"};
  ExecOutcome outcome = pod.Exec("a", process);
  EXPECT_EQ(outcome.started.type, ReplyType::kFailed);
  EXPECT_EQ(outcome.started.step, LaunchStep::kExec);
  EXPECT_EQ(outcome.started.error, ENOENT);
  process = PodUnderTest::Process("true");
  process.working_directory = "/nowhere";
  EXPECT_EQ(pod.Exec("a", process).started.step, LaunchStep::kWorkingDirectory);
  pod.Run("b", "true");
  EXPECT_EQ(pod.Exec("b", "true").started.error, ESRCH);
  sys::Fd connection = pod.BeginExec("a", PodUnderTest::Process("true"), {});
  EXPECT_EQ(PodUnderTest::Receive(connection.get()).error, EBADF);
  AwaitNoExecCgroups(pod, "a");
}

KERNEL_TEST(ExecProcess, IsKilledWithItsDescendantsWhenTheClientLeaves) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "while true; do usleep 1000; done"));
  PipeEnds out = MakePipe();
  const int stdio[] = {out.read.get(), out.write.get(), out.write.get()};
  sys::Fd connection = pod.BeginExec(
      "a",
      PodUnderTest::Process(
          "setsid sh -c 'sleep 333 & setsid sleep 444' & (trap '' TERM HUP; sleep 555) & "
          "usleep 10000; echo started; sleep 666"),
      stdio);
  out.write = sys::Fd();
  EXPECT_EQ(PodUnderTest::Receive(connection.get()).type, ReplyType::kStarted);
  char buffer[8];
  ASSERT_EQ(sys::ReadFull(out.read.get(), buffer).ok(), true);
  connection = sys::Fd();
  // All of them hold the pipe: its end is theirs.
  EXPECT_EQ(ReadWhole(out.read.get()), "");
  AwaitNoExecCgroups(pod, "a");
  // What became of them is the business of the container's first process, which reaps.
  EXPECT_TRUE(Eventually([&] {
    return pod.Exec("a", "ps -o args | grep -c -e '[s]leep [3-6]' -e '[[]sleep'").out == "0\n";
  }));
}

KERNEL_TEST(ExecProcess, LeavesWhatItPutInTheBackground) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 1000"));
  ExecOutcome outcome = pod.Exec("a", "sleep 77 >/dev/null 2>&1 </dev/null & echo done");
  EXPECT_EQ(outcome.out, "done\n");
  AwaitNoExecCgroups(pod, "a");
  EXPECT_EQ(pod.Exec("a", "ps -o args | grep '^sleep 77'").out, "sleep 77\n");
}

KERNEL_TEST(ExecProcess, ACgroupThatIsStillInUseAtItsEndIsRemovedLater) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 1000"));
  PipeEnds in = MakePipe();
  sys::ErrnoOr<sys::Fd> null = sys::OpenAt(AT_FDCWD, "/dev/null", O_RDWR);
  const int stdio[] = {in.read.get(), null->get(), null->get()};
  sys::Fd connection = pod.BeginExec("a", PodUnderTest::Process("cat"), stdio);
  EXPECT_EQ(PodUnderTest::Receive(connection.get()).type, ReplyType::kStarted);
  std::vector<std::string> inside;
  for (const std::string& directory : pod.CgroupDirectories("a")) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      if (entry.path().filename().string().rfind("exec-", 0) == 0) {
        inside.push_back(entry.path().string() + "/held");
        ASSERT_EQ(mkdir(inside.back().c_str(), 0755), 0);
      }
    }
  }
  ASSERT_EQ(inside.size(), 1u);
  in.read = sys::Fd();
  in.write = sys::Fd();
  EXPECT_EQ(PodUnderTest::Receive(connection.get()).type, ReplyType::kExited);
  EXPECT_EQ(pod.Exec("a", "exit 3").exited.exit_code, 3);  // and nobody waits for that
  EXPECT_TRUE(Eventually([&] { return CountExecCgroups(pod, "a") == 1; }));
  ASSERT_EQ(rmdir(inside.front().c_str()), 0);
  AwaitNoExecCgroups(pod, "a");
}

KERNEL_TEST(ExecProcess, EndsWithTheContainer) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 1000"));
  sys::ErrnoOr<sys::Fd> null = sys::OpenAt(AT_FDCWD, "/dev/null", O_RDWR);
  const int stdio[] = {null->get(), null->get(), null->get()};
  sys::Fd connection = pod.BeginExec("a", PodUnderTest::Process("sleep 1000"), stdio);
  EXPECT_EQ(PodUnderTest::Receive(connection.get()).type, ReplyType::kStarted);
  pod.Signal("a", SIGKILL);
  const runtime::ShimReply exited = PodUnderTest::Receive(connection.get());
  EXPECT_EQ(exited.type, ReplyType::kExited);
  EXPECT_EQ(exited.exit_code, 137);
  pod.AwaitExit("a");
  EXPECT_EQ(pod.Forget("a").type, ReplyType::kDone);
}

KERNEL_TEST(ExecProcess, IsBusyUntilTheProcessEnds) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 1000"));
  PipeEnds in = MakePipe();
  sys::ErrnoOr<sys::Fd> null = sys::OpenAt(AT_FDCWD, "/dev/null", O_RDWR);
  const int stdio[] = {in.read.get(), null->get(), null->get()};
  sys::Fd connection = pod.BeginExec("a", PodUnderTest::Process("cat"), stdio);
  EXPECT_EQ(PodUnderTest::Receive(connection.get()).type, ReplyType::kStarted);
  const runtime::ShimRequest request = PodUnderTest::Request(runtime::RequestType::kSignal, "a");
  ASSERT_TRUE(sys::SendPacket(connection.get(), &request, sizeof(request), {}, Soon()).ok());
  const runtime::ShimReply refused = PodUnderTest::Receive(connection.get());
  EXPECT_EQ(refused.type, ReplyType::kFailed);
  EXPECT_EQ(refused.error, EBUSY);
  in.read = sys::Fd();
  in.write = sys::Fd();
  EXPECT_EQ(PodUnderTest::Receive(connection.get()).type, ReplyType::kExited);
}

KERNEL_TEST(ExecProcess, ManyTimesLeavesNothing) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 1000"));
  pod.Exec("a", "true");
  AwaitNoExecCgroups(pod, "a");
  const size_t before = pod.CountShimFds();
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(pod.Exec("a", absl::StrCat("exit ", i)).exited.exit_code, i);
  }
  AwaitNoExecCgroups(pod, "a");
  pod.AwaitShimFds(before);
}

}  // namespace
}  // namespace berth::test
