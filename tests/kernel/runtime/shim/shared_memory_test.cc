// SPDX-License-Identifier: Apache-2.0

#include <unistd.h>

#include <array>
#include <span>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/fd.h"
#include "base/sys/socket.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::MountPlan;
using runtime::PodPlan;

MountPlan Bind(const std::string& source, const std::string& destination) {
  MountPlan mount;
  mount.source = source;
  mount.destination = destination;
  return mount;
}

KERNEL_TEST(SharedMemory, SharesMemoryWithinThePod) {
  PodPlan pod_plan;
  pod_plan.shm_directory = "/run/pod/shm";  // need not exist: it is a name
  pod_plan.shm_size = 1 << 20;
  PodUnderTest pod(pod_plan);
  auto plan_with_shm = [&](const std::string& id, const std::string& script) {
    LaunchPlan plan = pod.Plan(id, script);
    plan.mounts.push_back(Bind("/run/pod/shm", "/dev/shm"));
    return plan;
  };
  EXPECT_EQ(pod.Run(plan_with_shm("a",
                                  "echo shared > /dev/shm/file; grep /dev/shm /proc/self/mounts | "
                                  "sed s/,inode64//")),  // as the kernel was compiled
            "tmpfs /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k 0 0\n");
  EXPECT_EQ(pod.Run(plan_with_shm("b", "cat /dev/shm/file; stat -c %a /dev/shm")),
            "shared\n1777\n");
}

// What the shim of a pod gives to who is to share its IPC.
std::array<sys::Fd, 2> IpcOf(const PodUnderTest& pod) {
  std::array<sys::Fd, 2> descriptors;
  const sys::Fd connection = pod.Connect();
  const runtime::ShimRequest request = PodUnderTest::Request(runtime::RequestType::kIpc);
  EXPECT_TRUE(sys::SendPacket(connection.get(), &request, sizeof(request), {}, Soon()).ok());
  runtime::ShimReply reply;
  const std::span<char> bytes(reinterpret_cast<char*>(&reply), sizeof(reply));
  EXPECT_TRUE(sys::ReceivePacket(connection.get(), bytes, descriptors, Soon()).ok());
  EXPECT_EQ(reply.type, runtime::ReplyType::kDone);
  return descriptors;
}

KERNEL_TEST(SharedMemory, APodSharesThatOfAnother) {
  PodPlan first_plan;
  first_plan.shm_directory = "/run/pod/shm";
  PodUnderTest first(first_plan);
  const size_t before = first.CountShimFds();
  const std::array<sys::Fd, 2> ipc = IpcOf(first);
  const auto path = [&](int i) { return absl::StrCat("/proc/", getpid(), "/fd/", ipc[i].get()); };
  PodPlan second_plan;
  second_plan.new_ipc = false;
  second_plan.ipc_namespace = path(0);
  second_plan.shared_memory = path(1);
  second_plan.shm_directory = "/run/other/shm";
  PodUnderTest second(second_plan);
  LaunchPlan writes = first.Plan("a", "echo shared > /dev/shm/file; readlink /proc/self/ns/ipc");
  writes.mounts.push_back(Bind("/run/pod/shm", "/dev/shm"));
  const std::string space = first.Run(writes);
  LaunchPlan reads = second.Plan("b", "cat /dev/shm/file; readlink /proc/self/ns/ipc");
  reads.mounts.push_back(Bind("/run/other/shm", "/dev/shm"));
  EXPECT_EQ(second.Run(reads), "shared\n" + space);
  EXPECT_EQ(first.Forget("a").type, runtime::ReplyType::kDone);
  first.AwaitShimFds(before);
}

KERNEL_TEST(SharedMemory, ThePathsOfAnotherMustBeThere) {
  PodPlan plan;
  plan.new_ipc = false;
  plan.ipc_namespace = "/no/such";
  PodUnderTest pod(plan);
  EXPECT_EQ(pod.ready().step, runtime::LaunchStep::kNamespaces);
  EXPECT_EQ(pod.ready().error, ENOENT);
}

}  // namespace
}  // namespace berth::test
