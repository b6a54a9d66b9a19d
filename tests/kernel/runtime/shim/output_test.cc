// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/clock.h"
#include "base/sys/file.h"
#include "base/sys/mount.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using runtime::LaunchPlan;
using runtime::ReplyType;
using runtime::RequestType;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

KERNEL_TEST(Output, IsLoggedInTheKubeletsFormat) {
  PodUnderTest pod;
  pod.Run("a", "echo one; echo two >&2; echo; printf 'dos\\r\\n'; printf unfinished");
  const std::vector<std::string> lines = absl::StrSplit(pod.Log("a"), '\n', absl::SkipEmpty());
  const std::string time = "2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{9}Z";
  ASSERT_EQ(lines.size(), 5u);
  for (const std::string& line : lines) {
    EXPECT_THAT(line, MatchesRegex(absl::StrCat(time, " std(out|err) [FP] .*")));
  }
  EXPECT_EQ(pod.Output("a"), "one\n\ndos\nunfinished");
  EXPECT_EQ(pod.Output("a", "stderr"), "two\n");
  EXPECT_THAT(pod.Log("a"), HasSubstr("stdout P unfinished\n"));
  struct stat info = {};
  ASSERT_EQ(stat(pod.LogPath("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
}

KERNEL_TEST(Output, OfLongLinesIsCutIntoPartialRecords) {
  PodUnderTest pod;
  pod.Run("a", "head -c 40000 /dev/zero | tr '\\0' x; echo");
  std::vector<size_t> sizes;
  std::string tags;
  for (absl::string_view line : absl::StrSplit(pod.Log("a"), '\n', absl::SkipEmpty())) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 3));
    sizes.push_back(parts[3].size());
    tags += parts[2];
  }
  EXPECT_THAT(sizes, ::testing::ElementsAre(16384, 16384, 7232));
  EXPECT_EQ(tags, "PPF");
}

KERNEL_TEST(Output, OfABusyContainerIsComplete) {
  PodUnderTest pod;
  EXPECT_EQ(pod.Run("a", "seq 1 200000"), [] {
    std::string all;
    for (int i = 1; i <= 200000; ++i) {
      absl::StrAppend(&all, i, "\n");
    }
    return all;
  }());
}

KERNEL_TEST(Output, IsAppendedToAnExistingLog) {
  PodUnderTest pod;
  pod.directory().Write("logs/a", "before\n");
  pod.Run("a", "echo after");
  EXPECT_THAT(pod.Log("a"), MatchesRegex("before\n.* stdout F after\n"));
}

KERNEL_TEST(Output, GoesToANewFileAfterRotation) {
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

KERNEL_TEST(Output, GoesOnToTheOldFileWhenItCannotBeReopened) {
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

KERNEL_TEST(Output, IsDiscardedWithoutALog) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "seq 1 100000; exit 5");
  plan.log_path.clear();
  pod.Launch(plan);
  EXPECT_EQ(pod.AwaitExit("a").exit_code, 5);
  EXPECT_EQ(pod.Log("a"), "");
}

KERNEL_TEST(Output, DropsWholeRecordsWhileTheDiskIsFull) {
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
  ASSERT_TRUE(sys::Unmount(pod.directory().Join("logs").c_str()).ok());
  for (absl::string_view line : absl::StrSplit(log, '\n', absl::SkipEmpty())) {
    EXPECT_THAT(std::string(line), MatchesRegex("2[^ ]*Z stdout F ([0-9]+|after)"));
  }
}

KERNEL_TEST(Output, MayBeOpenedAnewByAnyUser) {
  PodUnderTest pod;
  LaunchPlan plan = pod.Plan("a", "echo out > /dev/stdout; echo err > /dev/stderr");
  plan.process.uid = 1000;
  plan.process.gid = 1000;
  EXPECT_EQ(pod.Run(plan), "out\n");
  EXPECT_EQ(pod.Output("a", "stderr"), "err\n");
}

KERNEL_TEST(Output, HeldOpenByOthersDelaysTheExitNoLongerThanItMust) {
  PodUnderTest pod;
  // A process outside of the container's cgroup and PID namespace gets its output by a socket:
  // here, simply a second opening of the pipe through /proc.
  const runtime::ShimReply started = pod.Launch(pod.Plan("a", "echo x; sleep 100"));
  pod.AwaitLog("a", "x");
  sys::ErrnoOr<sys::Fd> held =
      sys::OpenAt(AT_FDCWD, absl::StrCat("/proc/", started.pid, "/fd/1").c_str(), O_WRONLY);
  ASSERT_TRUE(held.ok());
  int64_t begin = sys::MonotonicTime();
  pod.Signal("a", SIGKILL);
  EXPECT_EQ(pod.AwaitExit("a").exit_code, 137);
  int64_t waited = sys::MonotonicTime() - begin;
  EXPECT_GT(waited, 1900 * sys::kMillisecond);
  EXPECT_LT(waited, 4 * sys::kSecond);
}

KERNEL_TEST(Input, IsNullOrAPipeThatStaysOpen) {
  PodUnderTest pod;
  EXPECT_EQ(pod.Run("a", "readlink /proc/self/fd/0; cat"), "/dev/null\n");
  LaunchPlan plan = pod.Plan("b", "cat; echo end");
  plan.open_stdin = true;
  pod.Launch(plan);
  sys::Fd input;
  sys::Fd connection = pod.Connect();
  runtime::ShimRequest request = PodUnderTest::Request(RequestType::kStandardIo, "b");
  ASSERT_TRUE(sys::WriteAll(connection.get(), &request, sizeof(request)).ok());
  EXPECT_EQ(PodUnderTest::Receive(connection.get(), &input).type, ReplyType::kDone);
  ASSERT_TRUE(sys::WriteAll(input.get(), "typed\n", 6).ok());
  pod.AwaitLog("b", "typed");
  EXPECT_EQ(pod.Output("b"), "typed\n");
}

}  // namespace
}  // namespace berth::test
