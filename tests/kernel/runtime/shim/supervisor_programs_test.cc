// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/path.h"
#include "base/sys/cgroup.h"
#include "base/sys/memory_file.h"
#include "base/sys/process.h"
#include "base/sys/socket.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::LaunchStep;
using runtime::ProgramPlan;
using runtime::ReplyType;
using runtime::ShimReply;
using ::testing::HasSubstr;

// Scripts of the host stand in for programs that start containers.
class ProgramUnderTest {
 public:
  ProgramUnderTest() { std::filesystem::create_directories(directory()); }

  std::string directory() const { return pod.directory().Join("program"); }
  std::string pid_file() const { return absl::StrCat(directory(), "/pid"); }
  static std::string Stage(const PodUnderTest& pod) { return pod.directory().Join("pod/root"); }

  ProgramPlan Program(const std::string& script) const {
    ProgramPlan program;
    program.arguments = {"/bin/sh", "-c", script};
    program.environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
    program.directory = directory();
    program.pid_file = pid_file();
    return program;
  }

  // A container that the script starts.
  LaunchPlan Plan(const std::string& id, const std::string& script) {
    LaunchPlan plan = pod.Plan(id, "unused");
    plan.program = Program(script);
    for (const std::string& each : plan.cgroup_directories) {
      if (sys::IsUnifiedCgroup(each.c_str())) {
        plan.program.cgroup_directories.push_back(each);
      }
    }
    return plan;
  }

  bool HasVersion1Cgroups() const {
    const std::vector<std::string> all = pod.CgroupDirectories("any");
    return std::any_of(all.begin(), all.end(), [](const std::string& each) {
      return !sys::IsUnifiedCgroup(std::string(ParentPath(each)).c_str());
    });
  }

  // What leaves `sh -c script`, in the staged root, in the cgroups of the container.
  std::string Leave(const std::string& id, const std::string& script) const {
    std::string text =
        absl::StrCat("chroot ", Stage(pod), "/rootfs /bin/sh -c '", script, "' & echo $! > pid;");
    for (const std::string& each : pod.CgroupDirectories(id)) {
      absl::StrAppend(&text, "echo $! > ", each, "/cgroup.procs;");
    }
    return text;
  }

  PodUnderTest pod;
};

std::string ChildrenOf(int pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/task/", pid, "/children"));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Ends when the shim has reaped who it has left.
constexpr char kLeavesWhoEndsFirst[] =
    "(sh -c 'until [ -e go ]; do :; done; exit 7' & echo $! > pid); touch go; read left < pid; "
    "while [ -e /proc/$left ]; do :; done; rm go";

KERNEL_TEST(SupervisorPrograms, ContainersAreWhatProgramsLeave) {
  ProgramUnderTest test;
  PodUnderTest& pod = test.pod;
  LaunchPlan plan =
      test.Plan("a", test.Leave("a",
                                "trap \"echo got; exit 9\" TERM; echo ready; while true; do usleep "
                                "1000; done"));
  const ShimReply started = pod.Launch(plan);
  pod.AwaitLog("a", "ready");
  EXPECT_EQ(absl::StrCat(started.pid, "\n"), pod.directory().Read("program/pid"));
  EXPECT_EQ(pod.Signal("a", SIGTERM).type, ReplyType::kDone);
  EXPECT_EQ(pod.AwaitExit("a").exit_code, 9);
  EXPECT_EQ(pod.Output("a"), "ready\ngot\n");
  EXPECT_EQ(pod.Forget("a").type, ReplyType::kDone);
}

KERNEL_TEST(SupervisorPrograms, NoExitIsLostThatComesBeforeTheProgramsOwn) {
  ProgramUnderTest test;
  for (int i = 0; i < 20; ++i) {
    const std::string id = absl::StrCat("c", i);
    const ShimReply started = test.pod.Launch(test.Plan(id, kLeavesWhoEndsFirst));
    EXPECT_GT(started.pid, 0);
    ASSERT_EQ(test.pod.AwaitExit(id).exit_code, 7);
    ASSERT_EQ(test.pod.Forget(id).type, ReplyType::kDone);
  }
}

// Before that of the process's parent, which ends when the program has been reaped.
KERNEL_TEST(SupervisorPrograms, MayEndBeforeTheirHelpers) {
  ProgramUnderTest test;
  const ShimReply started = test.pod.Launch(test.Plan(
      "a", absl::StrCat("program=$$; (", test.Leave("a", "echo here; exec sleep 100"),
                        "touch ready; while [ -d /proc/$program ]; do sleep 0.01; done) & "
                        "until [ -e ready ]; do sleep 0.01; done")));
  EXPECT_EQ(absl::StrCat(started.pid, "\n"), test.pod.directory().Read("program/pid"));
  test.pod.AwaitLog("a", "here");
  EXPECT_EQ(test.pod.Signal("a", SIGKILL).type, ReplyType::kDone);
  EXPECT_EQ(test.pod.AwaitExit("a").exit_code, 137);
}

KERNEL_TEST(SupervisorPrograms, LeaveNothingWhenTheyFail) {
  ProgramUnderTest test;
  struct Case {
    const char* what;
    std::string script;
    LaunchStep step;
    int error;
  };
  std::vector<Case> cases = {
      {"fails", "exit 3", LaunchStep::kProgram, 3},
      {"fails with a process left", test.Leave("b", "sleep 100") + "exit 4", LaunchStep::kProgram,
       4},
      {"is killed", "kill -9 $$", LaunchStep::kProgram, 137},
      {"leaves nobody", "exit 0", LaunchStep::kTakeOver, ENOENT},
      {"leaves somebody else's", "echo 1 > pid", LaunchStep::kTakeOver, ECHILD},
      {"leaves no number", "echo x > pid", LaunchStep::kTakeOver, EBADMSG},
  };
  if (test.HasVersion1Cgroups()) {  // in one of version 2 it is from birth
    cases.push_back(
        {"leaves it elsewhere", "sleep 100 & echo $! > pid", LaunchStep::kCgroup, ESRCH});
  }
  char id = 'a';  // one each: Linux 6.18 lets nobody be born in a cgroup that was killed before
  for (const Case& each : cases) {
    std::filesystem::remove(test.pid_file());
    const ShimReply failed = test.pod.Start(test.Plan(std::string(1, id++), each.script));
    EXPECT_EQ(failed.type, ReplyType::kFailed) << each.what;
    EXPECT_EQ(failed.step, each.step) << each.what << ": " << StepName(failed.step);
    EXPECT_EQ(failed.error, each.error) << each.what;
    EXPECT_TRUE(Eventually([&] { return ChildrenOf(test.pod.shim_pid()).empty(); })) << each.what;
  }
  LaunchPlan plan = test.Plan("none", "");
  plan.program.arguments = {"/nowhere/program"};
  EXPECT_EQ(test.pod.Start(plan).error, 127);
}

KERNEL_TEST(SupervisorPrograms, AreKilledWithTheStart) {
  ProgramUnderTest test;
  const std::string encoded = Encode(test.Plan("a", "echo on the way >&2; exec sleep 100"));
  sys::ErrnoOr<sys::Fd> file = sys::SealedMemoryFile("plan", encoded.data(), encoded.size());
  const runtime::ShimRequest request = PodUnderTest::Request(runtime::RequestType::kStart);
  const int descriptors[] = {file->get()};
  sys::Fd starter = test.pod.Connect();
  ASSERT_TRUE(sys::SendPacket(starter.get(), &request, sizeof(request), descriptors, Soon()).ok());
  test.pod.AwaitLog("a", "on the way");
  EXPECT_EQ(test.pod.Signal("a", SIGKILL).type, ReplyType::kDone);
  const ShimReply failed = PodUnderTest::Receive(starter.get());
  EXPECT_EQ(failed.step, LaunchStep::kProgram);
  EXPECT_EQ(failed.error, 137);
}

class ExecByProgram : public ProgramUnderTest {
 public:
  ExecByProgram() { pod.Launch(pod.Plan("a", "sleep 100")); }
  runtime::ExecPlan Exec(const std::string& script) const {
    return {"a", PodUnderTest::Process("unused"), Program(script)};
  }
};

KERNEL_TEST(SupervisorPrograms, ExecsAreWhatProgramsLeave) {
  ExecByProgram test;
  const ExecOutcome outcome =
      test.pod.Exec(test.Exec("sh -c 'sleep 0.1; echo out; echo err >&2; exit 6' & echo $! > pid"));
  EXPECT_EQ(outcome.started.type, ReplyType::kStarted);
  EXPECT_GT(outcome.started.pid, 0);
  EXPECT_EQ(outcome.out, "out\n");
  EXPECT_EQ(outcome.err, "err\n");
  EXPECT_EQ(outcome.exited.exit_code, 6);
  const ExecOutcome early = test.pod.Exec(test.Exec(kLeavesWhoEndsFirst));
  EXPECT_EQ(early.started.type, ReplyType::kStarted);
  EXPECT_EQ(early.exited.exit_code, 7);
  std::filesystem::remove(test.pid_file());
  // Nobody's child but the shim's, which has reaped it before the program says who it was.
  const ExecOutcome unnamed =
      test.pod.Exec(test.Exec("left=$(sh -c 'sh -c \"while [ -e /proc/$$ ]; do :; done; exit 8\" "
                              "> /dev/null & echo $!'); "
                              "while [ -e /proc/$left ]; do :; done; echo $left > pid"));
  EXPECT_EQ(unnamed.started.type, ReplyType::kStarted);
  EXPECT_EQ(unnamed.exited.exit_code, 8);
  std::filesystem::remove(test.pid_file());
  const ExecOutcome failed = test.pod.Exec(test.Exec("exit 9"));
  EXPECT_EQ(failed.started.step, LaunchStep::kProgram);
  EXPECT_EQ(failed.started.error, 9);
}

KERNEL_TEST(SupervisorPrograms, ExecsEndWithTheirConnection) {
  ExecByProgram test;
  PipeEnds out = MakePipe();
  const int stdio[] = {out.write.get(), out.write.get(), out.write.get()};
  sys::Fd connection = test.pod.BeginExec(test.Exec("sleep 100 & echo $! > pid"), stdio);
  const ShimReply started = PodUnderTest::Receive(connection.get());
  ASSERT_EQ(started.type, ReplyType::kStarted);
  sys::ErrnoOr<sys::Fd> process = sys::OpenProcess(started.pid);
  out.write = sys::Fd();
  connection = sys::Fd();
  EXPECT_TRUE(sys::AwaitExit(process->get(), Soon()).ok());
  EXPECT_EQ(ReadWhole(out.read.get()), "");
}

KERNEL_TEST(SupervisorPrograms, DieWithTheShim) {
  ProgramUnderTest test;
  const std::string encoded = Encode(test.Plan("a", "echo $$ > me; mv me pid; exec sleep 100"));
  sys::ErrnoOr<sys::Fd> file = sys::SealedMemoryFile("plan", encoded.data(), encoded.size());
  const runtime::ShimRequest request = PodUnderTest::Request(runtime::RequestType::kStart);
  const int descriptors[] = {file->get()};
  sys::Fd starter = test.pod.Connect();
  ASSERT_TRUE(sys::SendPacket(starter.get(), &request, sizeof(request), descriptors, Soon()).ok());
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(test.pid_file()); }));
  sys::ErrnoOr<sys::Fd> program =
      sys::OpenProcess(std::stoi(test.pod.directory().Read("program/pid")));
  ASSERT_TRUE(program.ok());
  ASSERT_TRUE(test.pod.KillShim());
  EXPECT_TRUE(sys::AwaitExit(program->get(), Soon()).ok());
}

}  // namespace
}  // namespace berth::test
