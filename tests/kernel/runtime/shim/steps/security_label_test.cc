// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::LaunchStep;
using runtime::ReplyType;
using runtime::ShimReply;

KERNEL_TEST(SecurityLabel, ThatCannotBeSetIsNoLaunch) {
  if (std::filesystem::exists("/sys/kernel/security/apparmor") ||
      std::filesystem::exists("/sys/fs/selinux/enforce")) {
    GTEST_SKIP() << "needs a kernel without security modules";
  }
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "true");
  plan.process.apparmor_profile = "profile";
  ShimReply reply = pod.Start(plan);
  EXPECT_EQ(reply.type, ReplyType::kFailed);
  EXPECT_EQ(reply.step, LaunchStep::kSecurityLabel);
  plan = pod.Plan("a", "true");
  plan.process.selinux_label = "user:role:type:level";
  reply = pod.Start(plan);
  EXPECT_EQ(reply.type, ReplyType::kFailed);
  EXPECT_EQ(reply.step, LaunchStep::kSecurityLabel);
}

KERNEL_TEST(SecurityLabel, OfMountsThatCannotBeSetIsNoLaunch) {
  if (std::filesystem::exists("/sys/fs/selinux/enforce")) {
    GTEST_SKIP() << "needs a kernel without SELinux";
  }
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "true");
  plan.mount_label = "user:role:type:level";
  ShimReply reply = pod.Start(plan);
  EXPECT_EQ(reply.type, ReplyType::kFailed);
  EXPECT_EQ(reply.step, LaunchStep::kRootFilesystem);
  EXPECT_EQ(reply.error, EINVAL);
}

}  // namespace
}  // namespace berth::test
