// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/process.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::ReplyType;
using runtime::ShimReply;

KERNEL_TEST(Supervisor, KillsEverythingWhenShutDown) {
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

KERNEL_TEST(Supervisor, KeepsNothingOfAHundredContainers) {
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

}  // namespace
}  // namespace berth::test
