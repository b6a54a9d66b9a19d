// SPDX-License-Identifier: Apache-2.0

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchStep;
using runtime::PodPlan;
using runtime::ReplyType;

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

KERNEL_TEST(Pod, JoinsANetworkThatIsNamed) {
  PodUnderTest first;
  PodPlan plan;
  plan.new_network = false;
  plan.network_namespace = absl::StrCat("/proc/", first.shim_pid(), "/ns/net");
  PodUnderTest second(plan);
  for (const auto& [name, same] : {std::pair("net", true), {"ipc", false}, {"uts", false}}) {
    EXPECT_EQ(
        std::filesystem::read_symlink(absl::StrCat("/proc/", first.shim_pid(), "/ns/", name)) ==
            std::filesystem::read_symlink(absl::StrCat("/proc/", second.shim_pid(), "/ns/", name)),
        same)
        << name;
  }
  plan.network_namespace = "/no/such";
  PodUnderTest third(plan);
  EXPECT_EQ(third.ready().step, LaunchStep::kNamespaces);
  EXPECT_EQ(third.ready().error, ENOENT);
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

}  // namespace
}  // namespace berth::test
