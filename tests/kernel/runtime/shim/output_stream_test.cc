// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/clock.h"
#include "base/sys/file.h"
#include "base/sys/process.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::test {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

KERNEL_TEST(OutputStream, IsLoggedInTheKubeletsFormat) {
  PodUnderTest pod;
  pod.Run("a", "echo one; echo two >&2; echo; printf 'dos\\r\\n'; printf unfinished");
  const std::vector<std::string> lines = absl::StrSplit(pod.Log("a"), '\n', absl::SkipEmpty());
  const std::string time = "2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{9}Z";
  ASSERT_EQ(lines.size(), 5u);
  for (const std::string& line : lines) {
    EXPECT_THAT(line, MatchesRegex(absl::StrCat(time, " std(out|err) [FP] .*")));
  }
  EXPECT_EQ(pod.Output("a"), "one\n\ndos\r\nunfinished");
  EXPECT_EQ(pod.Output("a", "stderr"), "two\n");
  EXPECT_THAT(pod.Log("a"), HasSubstr("stdout P unfinished\n"));
  struct stat info = {};
  ASSERT_EQ(stat(pod.LogPath("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
}

KERNEL_TEST(OutputStream, OfLongLinesIsCutIntoPartialRecords) {
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

KERNEL_TEST(OutputStream, OfABusyContainerIsComplete) {
  PodUnderTest pod;
  EXPECT_EQ(pod.Run("a", "seq 1 200000"), [] {
    std::string all;
    for (int i = 1; i <= 200000; ++i) {
      absl::StrAppend(&all, i, "\n");
    }
    return all;
  }());
}

KERNEL_TEST(OutputStream, HeldOpenByOthersDelaysTheExitNoLongerThanItMust) {
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

}  // namespace
}  // namespace berth::test
