// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;

KERNEL_TEST(HiddenPaths, MasksFilesAndDirectories) {
  PodUnderTest pod;
  pod.directory().Write("lower/etc/secret", "secret");
  pod.directory().Write("lower/hidden/inside", "secret");
  pod.directory().Write("lower/hidden2/inside", "secret");
  LaunchPlan plan = pod.Plan(
      "a",
      "cat /etc/secret; ls -A /hidden /hidden2; touch /hidden/x 2>&1; chmod 0 /etc/secret 2>&1;"
      "cat /proc/kcore; ls /proc/irq");
  plan.masked_paths = {"/etc/secret",   "/hidden",     "/hidden2", "/nowhere",
                       "/etc/secret/x", "/proc/kcore", "/proc/irq"};
  EXPECT_EQ(pod.Run(plan),
            "/hidden:\n\n/hidden2:\n"
            "touch: /hidden/x: Read-only file system\n"
            "chmod: /etc/secret: Read-only file system\n");
  struct stat null = {};
  ASSERT_EQ(stat("/dev/null", &null), 0);
  EXPECT_EQ(null.st_mode & 07777, 0666u);
}

KERNEL_TEST(HiddenPaths, MakesPathsReadOnly) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan(
      "a",
      "touch /home/x 2>&1; (echo 1 > /proc/sys/kernel/domainname) 2>&1; touch /etc/x && echo fine");
  plan.read_only_paths = {"/home", "/proc/sys", "/nowhere"};
  EXPECT_EQ(pod.Run(plan),
            "touch: /home/x: Read-only file system\n"
            "sh: can't create /proc/sys/kernel/domainname: Read-only file system\nfine\n");
}

}  // namespace
}  // namespace berth::test
