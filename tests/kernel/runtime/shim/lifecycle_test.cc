// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/clock.h"
#include "base/sys/file.h"
#include "base/sys/memory_file.h"
#include "base/sys/mount.h"
#include "base/sys/socket.h"
#include "runtime/plan/exit_record.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::LaunchStep;
using runtime::PodPlan;
using runtime::ReplyType;
using runtime::RequestType;
using runtime::ShimReply;
using runtime::ShimRequest;

KERNEL_TEST(Pod, AppliesSysctlsOfItsNamespacesOnly) {
  PodPlan plan;
  plan.sysctls = {{"net/ipv4/ip_unprivileged_port_start", "77"}, {"kernel/shmmax", "1234567"}};
  PodUnderTest pod(plan);
  EXPECT_EQ(
      pod.Run("a", "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shmmax"),
      "77\n1234567\n");
}

KERNEL_TEST(Pod, TellsWhatOfItsSetUpFailed) {
  PodPlan plan;
  plan.sysctls = {{"net/nothing", "1"}};
  PodUnderTest pod(plan);
  EXPECT_EQ(pod.ready().type, ReplyType::kFailed);
  EXPECT_EQ(pod.ready().step, LaunchStep::kSysctl);
  EXPECT_EQ(pod.ready().error, ENOENT);
}

KERNEL_TEST(Pod, SysctlsCannotLeaveTheirFolder) {
  PodPlan plan;
  plan.sysctls = {{"../self/comm", "evil"}};
  PodUnderTest pod(plan);
  EXPECT_EQ(pod.ready().step, LaunchStep::kSysctl);
  EXPECT_EQ(pod.ready().error, EXDEV);
}

KERNEL_TEST(Pod, UsesTheHostsNamespacesWhereAsked) {
  PodPlan plan;
  plan.new_network = plan.new_ipc = plan.new_uts = false;
  PodUnderTest pod(plan);
  for (const char* name : {"net", "ipc", "uts"}) {
    EXPECT_EQ(std::filesystem::read_symlink(absl::StrCat("/proc/self/ns/", name)),
              std::filesystem::read_symlink(absl::StrCat("/proc/", pod.shim_pid(), "/ns/", name)));
  }
}

KERNEL_TEST(Exit, OfASignalIsAsAShellSaysIt) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 100"));
  EXPECT_EQ(pod.Signal("a", SIGKILL).type, ReplyType::kDone);
  EXPECT_EQ(pod.AwaitExit("a").exit_code, 137);
  pod.Launch(
      pod.Plan("b", "trap 'echo got; exit 9' TERM; echo ready; while true; do usleep 1000; done"));
  pod.AwaitLog("b", "ready");
  EXPECT_EQ(pod.Signal("b", SIGTERM).type, ReplyType::kDone);
  EXPECT_EQ(pod.AwaitExit("b").exit_code, 9);
  EXPECT_EQ(pod.Output("b"), "ready\ngot\n");
  EXPECT_EQ(pod.Signal("b", SIGTERM).error, ESRCH);
  EXPECT_EQ(pod.Signal("nobody", SIGTERM).error, ESRCH);
}

KERNEL_TEST(Exit, OfAFastProgramIsNotLost) {
  PodUnderTest pod;
  for (int i = 0; i < 50; ++i) {
    const std::string id = absl::StrCat("c", i);
    LaunchPlan plan = pod.Plan(id, "");
    plan.process.arguments = {"/bin/sh", "-c", absl::StrCat("exit ", i)};
    const ShimReply started = pod.Launch(plan);
    EXPECT_GT(started.pid, 0);
    ASSERT_EQ(pod.AwaitExit(id).exit_code, i);
    ASSERT_EQ(pod.Forget(id).type, ReplyType::kDone);
  }
}

KERNEL_TEST(Exit, IsRecordedUntilForgotten) {
  PodUnderTest pod;
  pod.Run("a", "exit 4");
  const ShimReply exited = pod.AwaitExit("a");
  std::optional<runtime::ExitRecord> record =
      runtime::ParseExitRecord(pod.directory().Read("pod/exits/a"));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->exit_code, 4);
  EXPECT_FALSE(record->oom_killed);
  EXPECT_EQ(record->started_at, exited.started_at);
  EXPECT_EQ(record->finished_at, exited.finished_at);
  EXPECT_EQ(pod.Forget("a").type, ReplyType::kDone);
  EXPECT_TRUE(std::filesystem::is_empty(pod.directory().Join("pod/exits")));
  EXPECT_EQ(pod.Forget("a").type, ReplyType::kDone);  // absent is done
  EXPECT_EQ(pod.Run("a", "echo again"), "again\n");
}

KERNEL_TEST(Exit, CannotBeForgottenBeforeItHappened) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 100"));
  EXPECT_EQ(pod.Forget("a").error, EBUSY);
}

KERNEL_TEST(Exit, ByOutOfMemoryIsMarked) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "x=x; while true; do x=$x$x; done");
  const bool v1 = std::filesystem::exists(pod.MemoryCgroup("a") + "/memory.limit_in_bytes");
  std::ofstream(pod.MemoryCgroup("a") + (v1 ? "/memory.limit_in_bytes" : "/memory.max"))
      << "16777216";
  pod.Launch(plan);
  const ShimReply exited = pod.AwaitExit("a");
  EXPECT_EQ(exited.exit_code, 137);
  EXPECT_EQ(exited.oom_killed, 1u);
  EXPECT_THAT(pod.directory().Read("pod/exits/a"), ::testing::HasSubstr("oom_killed=1"));
  pod.Launch(pod.Plan("b", "sleep 100"));
  pod.Signal("b", SIGKILL);
  EXPECT_EQ(pod.AwaitExit("b").oom_killed, 0u);
}

KERNEL_TEST(Subscription, TellsWhatIsAndWhatHappens) {
  PodUnderTest pod;
  const ShimReply started = pod.Launch(pod.Plan("running", "sleep 100"));
  pod.Run("gone", "exit 3");
  sys::Fd connection;
  std::map<std::string, ShimReply> containers = pod.Subscribe(&connection);
  ASSERT_EQ(containers.size(), 2u);
  EXPECT_EQ(containers["running"].running, 1u);
  EXPECT_EQ(containers["running"].pid, started.pid);
  EXPECT_EQ(containers["running"].started_at, started.started_at);
  EXPECT_EQ(containers["running"].finished_at, 0);
  EXPECT_EQ(containers["gone"].running, 0u);
  EXPECT_EQ(containers["gone"].pid, 0);
  EXPECT_EQ(containers["gone"].exit_code, 3);
  pod.Signal("running", SIGKILL);
  const ShimReply exited = PodUnderTest::Receive(connection.get());
  EXPECT_EQ(exited.type, ReplyType::kExited);
  EXPECT_STREQ(exited.container_id, "running");
  EXPECT_EQ(exited.exit_code, 137);
}

KERNEL_TEST(Subscription, ThatDoesNotReadLosesNothingAndDelaysNobody) {
  PodUnderTest pod;
  constexpr int kMany = 40;  // more than a socket's queue holds
  sys::Fd silent;
  EXPECT_TRUE(pod.Subscribe(&silent).empty());
  for (int i = 0; i < kMany; ++i) {
    pod.Run(absl::StrCat("c", i), "true");
  }
  sys::Fd late;
  EXPECT_EQ(pod.Subscribe(&late).size(), static_cast<size_t>(kMany));
  std::map<std::string, int> told;
  for (int i = 0; i < kMany; ++i) {
    const ShimReply reply = PodUnderTest::Receive(silent.get());
    EXPECT_EQ(reply.type, ReplyType::kExited);
    ++told[reply.container_id];
  }
  EXPECT_EQ(told.size(), static_cast<size_t>(kMany));
}

KERNEL_TEST(Protocol, AnswersWhatIsMalformedAndGoesOn) {
  PodUnderTest pod;
  sys::Fd connection = pod.Connect();
  const std::string junk[] = {"", "x", std::string(sizeof(ShimRequest), '\xff'),
                              std::string(4000, '\0'), std::string(sizeof(ShimRequest) - 1, '\0')};
  for (const std::string& packet : junk) {
    if (packet.empty()) {
      continue;
    }
    ASSERT_TRUE(sys::SendPacket(connection.get(), packet.data(), packet.size(), {}, Soon()).ok());
    const ShimReply reply = PodUnderTest::Receive(connection.get());
    EXPECT_EQ(reply.type, ReplyType::kFailed);
    EXPECT_EQ(reply.step, LaunchStep::kProtocol);
    EXPECT_EQ(reply.error, EPROTO);
  }
  ShimRequest request = PodUnderTest::Request(static_cast<RequestType>(99), "a");
  ASSERT_TRUE(sys::SendPacket(connection.get(), &request, sizeof(request), {}, Soon()).ok());
  EXPECT_EQ(PodUnderTest::Receive(connection.get()).type, ReplyType::kFailed);
  request.type = RequestType::kStart;  // without a plan
  ASSERT_TRUE(sys::SendPacket(connection.get(), &request, sizeof(request), {}, Soon()).ok());
  EXPECT_EQ(PodUnderTest::Receive(connection.get()).error, EBADF);
  const int standard[] = {0, 0, 0, 0, 0};
  ASSERT_TRUE(sys::SendPacket(connection.get(), &request, sizeof(request), standard, Soon()).ok());
  EXPECT_EQ(PodUnderTest::Receive(connection.get()).type, ReplyType::kFailed);
  EXPECT_EQ(pod.Run("a", "echo fine"), "fine\n");
}

KERNEL_TEST(Protocol, RefusesAPlanThatIsNotSealedOrNotAPlan) {
  PodUnderTest pod;
  const std::string plan = Encode(pod.Plan("a", "true"));
  sys::ErrnoOr<sys::Fd> file =
      sys::OpenAt(AT_FDCWD, pod.directory().Write("plan", plan).c_str(), O_RDONLY);
  const int unsealed[] = {file->get()};
  EXPECT_EQ(pod.Ask(PodUnderTest::Request(RequestType::kStart), unsealed).error, EPERM);
  for (size_t size : {size_t{1}, size_t{30}, plan.size() - 1}) {
    sys::ErrnoOr<sys::Fd> cut = sys::SealedMemoryFile("plan", plan.data(), size);
    const int descriptors[] = {cut->get()};
    const ShimReply reply = pod.Ask(PodUnderTest::Request(RequestType::kStart), descriptors);
    EXPECT_EQ(reply.step, LaunchStep::kDecodePlan) << size;
    EXPECT_EQ(reply.error, EBADMSG) << size;
  }
}

KERNEL_TEST(Protocol, ServesTheNextWhenAllConnectionsWereTaken) {
  PodUnderTest pod;
  std::vector<sys::Fd> idle;
  for (uint32_t i = 0; i < runtime::kMaxShimConnections + 10; ++i) {
    idle.push_back(pod.Connect());
  }
  sys::Fd waiting = pod.Connect();
  const ShimRequest request = PodUnderTest::Request(RequestType::kForget, "x");
  ASSERT_TRUE(sys::SendPacket(waiting.get(), &request, sizeof(request), {}, Soon()).ok());
  char none[1];
  EXPECT_EQ(
      sys::ReceivePacket(waiting.get(), none, {}, sys::MonotonicTime() + 50 * sys::kMillisecond)
          .error()
          .code,
      ETIMEDOUT);
  idle.clear();
  EXPECT_EQ(PodUnderTest::Receive(waiting.get()).type, ReplyType::kDone);
}

KERNEL_TEST(Pod, KillsEverythingWhenShutDown) {
  std::vector<sys::Fd> processes;
  {
    PodUnderTest pod;
    for (int i = 0; i < 5; ++i) {
      const ShimReply started =
          pod.Launch(pod.Plan(absl::StrCat("c", i), "trap '' TERM; sleep 1000 & sleep 1000"));
      processes.push_back(*sys::OpenProcess(started.pid));
    }
  }
  for (const sys::Fd& process : processes) {
    EXPECT_TRUE(sys::AwaitExit(process.get(), sys::kDontWait).ok());
  }
}

KERNEL_TEST(Pod, KeepsNothingOfAHundredContainers) {
  PodUnderTest pod;
  pod.Run("warm", "true");
  pod.Forget("warm");
  const size_t fds = pod.CountShimFds();
  sys::ErrnoOr<sys::Fd> mounts = sys::OpenAt(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY);
  const std::string mounts_before = ReadWhole(mounts->get());
  for (int i = 0; i < 100; ++i) {
    const std::string id = absl::StrCat("c", i % 7);
    ASSERT_EQ(pod.Run(id, "echo x"), [&] {
      std::string all;
      for (int j = 0; j <= i / 7; ++j) {
        all += "x\n";
      }
      return all;
    }());
    ASSERT_EQ(pod.Forget(id).type, ReplyType::kDone);
  }
  pod.AwaitShimFds(fds);
  mounts = sys::OpenAt(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY);
  EXPECT_EQ(ReadWhole(mounts->get()), mounts_before);
  // No zombies: the shim has no children left.
  EXPECT_EQ(pod.directory().Read(
                absl::StrCat("../../proc/", pod.shim_pid(), "/task/", pod.shim_pid(), "/children")),
            "");
}

KERNEL_TEST(Pod, IsServedWhileAContainerHangsOnItsWay) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 100"));
  // Its root's lower layer is served by nobody: opening the source of a mount waits for a fifo's
  // writer nowhere, so a frozen cgroup stands in for a file system that hangs.
  LaunchPlan plan = pod.Plan("b", "true");
  std::string freezer;
  for (const std::string& directory : pod.CgroupDirectories("b")) {
    if (std::filesystem::exists(directory + "/freezer.state")) {
      freezer = directory + "/freezer.state";
    }
  }
  if (freezer.empty()) {
    GTEST_SKIP() << "needs the freezer of version 1";
  }
  std::ofstream(freezer) << "FROZEN";
  const std::string encoded = Encode(plan);
  sys::ErrnoOr<sys::Fd> file = sys::SealedMemoryFile("plan", encoded.data(), encoded.size());
  sys::Fd starter = pod.Connect();
  const ShimRequest request = PodUnderTest::Request(RequestType::kStart);
  const int descriptors[] = {file->get()};
  ASSERT_TRUE(sys::SendPacket(starter.get(), &request, sizeof(request), descriptors, Soon()).ok());
  EXPECT_EQ(pod.Exec("a", "echo served").out, "served\n");
  sys::Fd connection;
  std::map<std::string, ShimReply> containers = pod.Subscribe(&connection);
  EXPECT_EQ(containers["b"].running, 1u);
  EXPECT_EQ(containers["b"].started_at, 0);
  std::ofstream(freezer) << "THAWED";
  EXPECT_EQ(PodUnderTest::Receive(starter.get()).type, ReplyType::kStarted);
  EXPECT_EQ(pod.AwaitExit("b").exit_code, 0);
}

KERNEL_TEST(Pod, TellsAStartThatFailedWithNobodyWaitingAsAnExit) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("b", "true");
  plan.process.arguments = {"nothing"};
  const std::string encoded = Encode(plan);
  sys::ErrnoOr<sys::Fd> file = sys::SealedMemoryFile("plan", encoded.data(), encoded.size());
  const ShimRequest request = PodUnderTest::Request(RequestType::kStart);
  const int descriptors[] = {file->get()};
  {
    sys::Fd starter = pod.Connect();
    ASSERT_TRUE(
        sys::SendPacket(starter.get(), &request, sizeof(request), descriptors, Soon()).ok());
  }
  const ShimReply exited = pod.AwaitExit("b");
  EXPECT_EQ(exited.exit_code, 128);
  EXPECT_EQ(exited.step, LaunchStep::kExec);
  EXPECT_EQ(exited.error, ENOENT);
  EXPECT_EQ(exited.started_at, 0);
  EXPECT_EQ(pod.Forget("b").type, ReplyType::kDone);
}

}  // namespace
}  // namespace berth::test
