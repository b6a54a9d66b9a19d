// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::LaunchStep;
using runtime::ShimReply;
using ::testing::HasSubstr;
using ::testing::Not;

KERNEL_TEST(Root, IsAnOverlayThatTheHostDoesNotSee) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan(
      "a", "head -1 /proc/self/mounts; echo written > /etc/new; ls /; echo ready; sleep 100");
  pod.Launch(plan);
  pod.AwaitLog("a", "ready");
  EXPECT_THAT(pod.Output("a"), HasSubstr("overlay / overlay rw"));
  EXPECT_EQ(pod.directory().Read(absl::StrCat("upper/c0/etc/new")), "written\n");
  sys::ErrnoOr<sys::Fd> mounts = sys::OpenAt(AT_FDCWD, "/proc/self/mounts", O_RDONLY);
  EXPECT_THAT(ReadWhole(mounts->get()), Not(HasSubstr(pod.directory().path())));
}

KERNEL_TEST(Root, HasNoOldRootBelowIt) {
  PodUnderTest pod;
  EXPECT_EQ(pod.Run("a", "cut -d ' ' -f 2 /proc/self/mounts; ls -a /"),
            "/\n/dev\n/dev/pts\n/proc\n/sys\n"
            ".\n..\nbin\ndev\netc\nhome\nlocked\nproc\nsys\n");
}

KERNEL_TEST(Root, CanBeReadOnlyWithAndWithoutAnUpperLayer) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "touch /x 2>&1; echo y > /dev/null && echo dev");
  plan.root.read_only = true;
  EXPECT_EQ(pod.Run(plan), "touch: /x: Read-only file system\ndev\n");
  std::filesystem::create_directories(pod.directory().Join("lower/proc"));
  std::filesystem::create_directories(pod.directory().Join("lower/sys"));
  std::filesystem::create_directories(pod.directory().Join("lower/dev"));
  plan = pod.Plan("b", "touch /x 2>&1; echo y > /dev/null && echo dev");
  plan.root.upper.clear();
  plan.root.work.clear();
  EXPECT_EQ(pod.Run(plan), "touch: /x: Read-only file system\ndev\n");
}

KERNEL_TEST(Root, StacksManyLayers) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "cat /etc/which; ls /etc | wc -l");
  for (int i = 0; i < 60; ++i) {
    const std::string layer = absl::StrCat("layers/a:b,c\\d-", i);  // what mount options cannot say
    pod.directory().Write(absl::StrCat(layer, "/etc/which"), absl::StrCat(i, "\n"));
    pod.directory().Write(absl::StrCat(layer, "/etc/", i), "");
    plan.root.lower.insert(plan.root.lower.begin(), pod.directory().Join(layer));
  }
  EXPECT_EQ(pod.Run(plan), "59\n61\n");
}

KERNEL_TEST(Root, RefusesAnImageWhoseDevProcOrSysIsALink) {
  PodUnderTest pod;
  for (const char* name : {"dev", "proc", "sys"}) {
    const std::string layer = pod.directory().Join(absl::StrCat("evil-", name));
    std::filesystem::create_directories(layer);
    std::filesystem::create_symlink("/etc", absl::StrCat(layer, "/", name));
    LaunchPlan plan = pod.Plan("a", "true");
    plan.root.lower.insert(plan.root.lower.begin(), layer);
    const ShimReply reply = pod.Start(plan);
    EXPECT_EQ(reply.step, LaunchStep::kRootFilesystem) << name;
    EXPECT_EQ(reply.error, ELOOP) << name;
  }
}

}  // namespace
}  // namespace berth::test
