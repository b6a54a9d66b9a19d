// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/clock.h"
#include "base/sys/file.h"
#include "base/sys/memory_file.h"
#include "base/sys/socket.h"
#include "runtime/shim/supervisor.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchStep;
using runtime::ReplyType;
using runtime::RequestType;
using runtime::ShimReply;
using runtime::ShimRequest;

KERNEL_TEST(SupervisorRequests, TellsWhatIsAndWhatHappens) {
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

KERNEL_TEST(SupervisorRequests, ThatDoesNotReadLosesNothingAndDelaysNobody) {
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

KERNEL_TEST(SupervisorRequests, AnswersWhatIsMalformedAndGoesOn) {
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

KERNEL_TEST(SupervisorRequests, RefusesAPlanThatIsNotSealedOrNotAPlan) {
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

KERNEL_TEST(SupervisorRequests, CommandsOfOneContainerLeaveRoomForAllElse) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 1000"));
  pod.Launch(pod.Plan("b", "sleep 1000"));
  const sys::ErrnoOr<sys::Fd> null = sys::OpenAt(AT_FDCWD, "/dev/null", O_RDWR);
  const int stdio[] = {null->get(), null->get(), null->get()};
  std::vector<sys::Fd> commands;
  for (size_t i = 0; i < shim::kMaxSessionsOfContainer; ++i) {
    commands.push_back(pod.BeginExec("a", PodUnderTest::Process("sleep 1000"), stdio));
    ASSERT_EQ(PodUnderTest::Receive(commands.back().get()).type, ReplyType::kStarted) << i;
  }
  sys::Fd refused = pod.BeginExec("a", PodUnderTest::Process("true"), stdio);
  EXPECT_EQ(PodUnderTest::Receive(refused.get()).error, EAGAIN);
  EXPECT_EQ(pod.Exec("b", "echo served").out, "served\n");
  EXPECT_EQ(pod.Signal("a", SIGCONT).type, ReplyType::kDone);
  commands.pop_back();
  EXPECT_TRUE(Eventually([&] { return pod.Exec("a", "echo served").out == "served\n"; }));
}

KERNEL_TEST(SupervisorRequests, ServesTheNextWhenAllConnectionsWereTaken) {
  PodUnderTest pod;
  std::vector<sys::Fd> idle;
  for (uint32_t i = 0; i < runtime::kMaxShimConnections + 10; ++i) {
    idle.push_back(pod.Connect());
    // So that its backlog is not what is full.
    EXPECT_TRUE(Eventually(
        [&] { return pod.CountShimFds() > std::min(i, runtime::kMaxShimConnections - 1); }));
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

}  // namespace
}  // namespace berth::test
