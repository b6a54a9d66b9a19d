// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec_sync.h"

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

// A pod with one container that sleeps.
struct ExecFixture : RuntimeFixture {
  ExecFixture() {
    Open();
    pod = RunPod("one");
    container = Start(pod, "main", "export SECRET=1; exec sleep 1000");
  }
  ~ExecFixture() { EXPECT_THAT(runtime().RemovePod(Soon(), pod), test::IsOk()); }
  ExecFixture(const ExecFixture&) = delete;
  ExecFixture& operator=(const ExecFixture&) = delete;

  absl::StatusOr<ExecResult> Sh(const std::string& script,
                                absl::Duration timeout = absl::Seconds(10)) {
    return runtime().ExecSync(Soon(), container, {"/bin/sh", "-c", script}, timeout);
  }

  // Processes of the container with this in their command line.
  bool Runs(const std::string& needle) {
    const std::vector<int> pids = CgroupOf(pod, container).Processes().value();
    for (int pid : pids) {
      const std::string line = ReadAll(absl::StrCat("/proc/", pid, "/cmdline"));
      if (line.find(needle) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  std::string pod;
  std::string container;
};

KERNEL_TEST(ExecSync, ReturnsBothStreamsAndTheExitCode) {
  ExecFixture fixture;
  absl::StatusOr<ExecResult> result = fixture.Sh("echo out; echo err >&2; exit 3");
  ASSERT_THAT(result, test::IsOk());
  EXPECT_EQ(result->out, "out\n");
  EXPECT_EQ(result->err, "err\n");
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(fixture.Sh("kill -9 $$")->exit_code, 137);
}

KERNEL_TEST(ExecSync, ATimeoutKillsTheCommandAndItsDescendants) {
  ExecFixture fixture;
  EXPECT_THAT(fixture.Sh("sleep 7654321 & sleep 7654322", absl::Milliseconds(300)),
              test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(fixture.Runs("765432"));
  EXPECT_TRUE(fixture.Runs("sleep"));
}

KERNEL_TEST(ExecSync, ACancelledCallKillsTheCommand) {
  ExecFixture fixture;
  const absl::Time begin = SteadyNow();
  const Call call(absl::InfiniteFuture(),
                  [&] { return SteadyNow() > begin + absl::Milliseconds(300); });
  EXPECT_THAT(fixture.runtime().ExecSync(call, fixture.container, {"/bin/sleep", "7654321"},
                                         absl::ZeroDuration()),
              test::StatusIs(absl::StatusCode::kCancelled));
  EXPECT_FALSE(fixture.Runs("7654321"));
}

KERNEL_TEST(ExecSync, KeepsSixteenMebibytesOfEachStream) {
  ExecFixture fixture;
  absl::StatusOr<ExecResult> result = fixture.Sh(
      "dd if=/dev/zero bs=1M count=18; dd if=/dev/zero bs=1M count=1 >&2", absl::Seconds(20));
  ASSERT_THAT(result, test::IsOk());
  EXPECT_EQ(result->exit_code, 0);
  EXPECT_EQ(result->out.size(), kMaxExecOutput);
  EXPECT_GE(result->err.size(), 1u << 20);
}

KERNEL_TEST(ExecSync, DoesNotWaitForABackgroundProcessThatHoldsTheOutput) {
  ExecFixture fixture;
  const absl::Time begin = SteadyNow();
  absl::StatusOr<ExecResult> result = fixture.Sh("echo done; sleep 1000 &", absl::Seconds(15));
  ASSERT_THAT(result, test::IsOk());
  EXPECT_EQ(result->out, "done\n");
  EXPECT_LT(SteadyNow() - begin, absl::Seconds(8));
}

KERNEL_TEST(ExecSync, AProgramThatIsNotThereIsAnError) {
  ExecFixture fixture;
  EXPECT_THAT(
      fixture.runtime().ExecSync(fixture.Soon(), fixture.container, {"/no/such"}, absl::Seconds(5)),
      test::StatusIs(absl::StatusCode::kInternal, HasSubstr("No such file")));
  EXPECT_THAT(fixture.runtime().ExecSync(fixture.Soon(), fixture.container, {}, absl::Seconds(5)),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
}

KERNEL_TEST(ExecSync, NeedsARunningContainer) {
  ExecFixture fixture;
  const std::string created = fixture.Create(fixture.pod, "created", "true");
  EXPECT_THAT(fixture.runtime().ExecSync(fixture.Soon(), created, {"/bin/true"}, absl::Seconds(5)),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
}

KERNEL_TEST(ExecSync, ManyAtOnceLeaveNothingBehind) {
  ExecFixture fixture;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&fixture] {
      for (int k = 0; k < 10; ++k) {
        absl::StatusOr<ExecResult> result = fixture.Sh("echo x");
        ASSERT_THAT(result, test::IsOk());
        EXPECT_EQ(result->out, "x\n");
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  // The shim may not have reaped yet what only led to a command.
  EXPECT_TRUE(Eventually([&] { return fixture.runtime().Usage(fixture.container)->pids == 1; }));
}

}  // namespace
}  // namespace berth::runtime
