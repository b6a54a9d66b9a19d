// SPDX-License-Identifier: Apache-2.0

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

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

}  // namespace
}  // namespace berth::test
