// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/mount.h"
#include "base/sys/process.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::ReplyType;
using runtime::RequestType;
using ::testing::MatchesRegex;

KERNEL_TEST(LogFile, GoesToANewFileAfterRotation) {
  PodUnderTest pod;
  pod.Launch(
      pod.Plan("a", "echo one; while ! test -e /go; do usleep 10000; done; echo two; sleep 100"));
  pod.AwaitLog("a", "one");
  std::filesystem::rename(pod.LogPath("a"), pod.LogPath("rotated"));
  EXPECT_EQ(pod.Ask(PodUnderTest::Request(RequestType::kReopenLog, "a")).type, ReplyType::kDone);
  EXPECT_EQ(pod.Log("a"), "");
  EXPECT_TRUE(std::filesystem::exists(pod.LogPath("a")));
  EXPECT_EQ(pod.Exec("a", "touch /go").exited.exit_code, 0);
  pod.AwaitLog("a", "two");
  EXPECT_EQ(pod.Output("a"), "two\n");
  EXPECT_EQ(pod.Output("rotated"), "one\n");
}

KERNEL_TEST(LogFile, GoesOnToTheOldFileWhenItCannotBeReopened) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "while ! test -e /go; do usleep 10000; done; echo two; sleep 100"));
  std::filesystem::rename(pod.LogPath("a"), pod.LogPath("rotated"));
  std::filesystem::create_directory(pod.LogPath("a"));
  const runtime::ShimReply reply = pod.Ask(PodUnderTest::Request(RequestType::kReopenLog, "a"));
  EXPECT_EQ(reply.type, ReplyType::kFailed);
  EXPECT_EQ(reply.step, runtime::LaunchStep::kLog);
  EXPECT_EQ(reply.error, EISDIR);
  EXPECT_EQ(pod.Exec("a", "touch /go").exited.exit_code, 0);
  pod.AwaitLog("rotated", "two");
}

KERNEL_TEST(LogFile, IsDiscardedWithoutALog) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "seq 1 100000; exit 5");
  plan.log_path.clear();
  pod.Launch(plan);
  EXPECT_EQ(pod.AwaitExit("a").exit_code, 5);
  EXPECT_EQ(pod.Log("a"), "");
}

KERNEL_TEST(LogFile, DropsWholeRecordsWhileTheDiskIsFull) {
  PodUnderTest pod;
  sys::ErrnoOr<sys::Fd> place = sys::OpenAt(AT_FDCWD, pod.directory().Join("logs").c_str(), O_PATH);
  const sys::MountOption options[] = {{"size", "64k"}};
  sys::ErrnoOr<sys::DetachedMount> small = sys::NewMount("tmpfs", options, 0);
  ASSERT_TRUE(place.ok() && small.ok() && small->AttachAt(place->get()).ok());
  pod.directory().Write("logs/filler", std::string(32 * 1024, 'x'));
  pod.Launch(pod.Plan("a",
                      "seq 1 20000; touch /all; while ! test -e /go; do usleep 10000; done; echo "
                      "after; sleep 100"));
  pod.AwaitLog("a", "stdout F 100\n");
  // All of it was read, though not all could be written.
  pod.Exec("a", "while ! test -e /all; do usleep 1000; done");
  std::filesystem::remove(pod.LogPath("filler"));
  EXPECT_EQ(pod.Exec("a", "touch /go").exited.exit_code, 0);
  pod.AwaitLog("a", "after");
  const std::string log = pod.Log("a");
  test::Unmount(pod.directory().Join("logs"));
  for (absl::string_view line : absl::StrSplit(log, '\n', absl::SkipEmpty())) {
    EXPECT_THAT(std::string(line), MatchesRegex("2[^ ]*Z stdout F ([0-9]+|after)"));
  }
}

}  // namespace
}  // namespace berth::test
