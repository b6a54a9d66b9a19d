// SPDX-License-Identifier: Apache-2.0

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/memory_file.h"
#include "base/sys/process.h"
#include "base/sys/socket.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::LaunchStep;
using runtime::ReplyType;
using runtime::RequestType;
using runtime::ShimReply;
using runtime::ShimRequest;

void StartAndLeave(PodUnderTest& pod, const LaunchPlan& plan) {
  const std::string encoded = Encode(plan);
  sys::ErrnoOr<sys::Fd> file = sys::SealedMemoryFile("plan", encoded.data(), encoded.size());
  const ShimRequest request = PodUnderTest::Request(RequestType::kStart);
  const int descriptors[] = {file->get()};
  sys::Fd starter = pod.Connect();
  ASSERT_TRUE(sys::SendPacket(starter.get(), &request, sizeof(request), descriptors, Soon()).ok());
}

KERNEL_TEST(SupervisorProcesses, IsServedWhileAContainerHangsOnItsWay) {
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

KERNEL_TEST(SupervisorProcesses, TellsAStartWithNobodyWaitingToItsSubscribers) {
  PodUnderTest pod;
  StartAndLeave(pod, pod.Plan("b", "exec sleep 100"));
  sys::Fd subscription;
  ShimReply news = pod.Subscribe(&subscription)["b"];
  if (news.started_at == 0) {
    news = PodUnderTest::Receive(subscription.get());
  }
  EXPECT_EQ(news.type, ReplyType::kContainer);
  EXPECT_EQ(news.running, 1u);
  EXPECT_GT(news.started_at, 0);
  EXPECT_EQ(pod.Exec("b", "echo x").out, "x\n");
}

KERNEL_TEST(SupervisorProcesses, TellsAStartThatFailedWithNobodyWaitingAsAnExit) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("b", "true");
  plan.process.arguments = {"nothing"};
  StartAndLeave(pod, plan);
  const ShimReply exited = pod.AwaitExit("b");
  EXPECT_EQ(exited.exit_code, 128);
  EXPECT_EQ(exited.step, LaunchStep::kExec);
  EXPECT_EQ(exited.error, ENOENT);
  EXPECT_EQ(exited.started_at, 0);
  EXPECT_EQ(pod.Forget("b").type, ReplyType::kDone);
}

}  // namespace
}  // namespace berth::test
