// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/launched.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "gtest/gtest.h"

#include "base/sys/clock.h"
#include "tests/support/temp_dir.h"

namespace berth::shim {
namespace {

constexpr pid_t kLauncher = 1;  // whoever reports here is this test, another process

class LaunchedTest : public ::testing::Test {
 protected:
  void Begin(Launched::Way way, pid_t pid) {
    sys::ErrnoOr<sys::SocketPair> reports = OpenReports();
    ASSERT_TRUE(reports.ok());
    child_ = std::move(reports->second);
    sys::ErrnoOr<sys::Fd> pidfd = sys::OpenProcess(pid);
    ASSERT_TRUE(pidfd.ok());
    launched_.Begin({pid, *std::move(pidfd)}, way, std::move(reports->first));
  }
  Launched launched_;
  sys::Fd child_;
};

TEST_F(LaunchedTest, IsWhoWasClonedWhereThereIsNoLauncher) {
  Begin(Launched::Way::kCloned, getpid());
  ASSERT_TRUE(SendReport(child_.get(), {runtime::LaunchStep::kExec, 0, 0}).ok());
  EXPECT_FALSE(launched_.ReceiveReports());
  EXPECT_EQ(launched_.pid(), getpid());
  EXPECT_TRUE(launched_.Ended());
}

TEST_F(LaunchedTest, IsWhoReportsWhereThereIsALauncher) {
  Begin(Launched::Way::kByLauncher, kLauncher);
  EXPECT_EQ(launched_.pid(), kLauncher);
  ASSERT_TRUE(SendReport(child_.get(), {runtime::LaunchStep::kExec, 0, 0}).ok());
  EXPECT_FALSE(launched_.ReceiveReports());
  EXPECT_EQ(launched_.pid(), getpid());
  EXPECT_TRUE(launched_.executing());
  EXPECT_TRUE(launched_.Signal(0).ok());
  EXPECT_TRUE(launched_.Ended());
}

TEST_F(LaunchedTest, OutlivesItsLauncherUntilTheReportsEnd) {
  Begin(Launched::Way::kByLauncher, kLauncher);
  EXPECT_FALSE(launched_.ReceiveReports());
  EXPECT_FALSE(launched_.Ended());
  EXPECT_EQ(launched_.pid(), 0);
  EXPECT_EQ(launched_.Signal(SIGKILL).error().code, ESRCH);
  ASSERT_TRUE(SendReport(child_.get(), {runtime::LaunchStep::kExec, 0, 0}).ok());
  EXPECT_FALSE(launched_.ReceiveReports());
  EXPECT_EQ(launched_.pid(), getpid());
}

// The launcher opens the terminal, and is reaped before its copy says that it executes.
TEST_F(LaunchedTest, IsNotTheLauncherThatHasReportedAndEnded) {
  Begin(Launched::Way::kByLauncher, getpid());
  ASSERT_TRUE(SendReport(child_.get(), {runtime::LaunchStep::kTerminal, 0, 0}).ok());
  EXPECT_FALSE(launched_.ReceiveReports());
  EXPECT_FALSE(launched_.Ended());
  EXPECT_FALSE(launched_.ReceiveReports());
  EXPECT_EQ(launched_.pid(), 0);
  const sys::ErrnoOr<sys::ClonedProcess> copy = sys::CloneProcess({});
  ASSERT_TRUE(copy.ok());
  if (copy->pid == 0) {
    (void)SendReport(child_.get(), {runtime::LaunchStep::kExec, 0, 0});
    _exit(0);
  }
  EXPECT_TRUE(sys::AwaitExit(copy->pidfd.get(), sys::kNoDeadline).ok());
  EXPECT_FALSE(launched_.ReceiveReports());
  EXPECT_EQ(launched_.pid(), copy->pid);
  EXPECT_GE(launched_.pidfd(), 0);
  EXPECT_TRUE(sys::ReapChild(copy->pid).ok());
}

TEST_F(LaunchedTest, HasEndedWithALauncherThatMadeNobody) {
  Begin(Launched::Way::kByLauncher, kLauncher);
  EXPECT_FALSE(launched_.Ended());
  child_ = sys::Fd();
  EXPECT_TRUE(launched_.ReceiveReports());
  EXPECT_EQ(launched_.pid(), 0);
  EXPECT_TRUE(launched_.Ended());
}

class LaunchedByProgram : public LaunchedTest {
 protected:
  void SetUp() override {
    Begin(Launched::Way::kByProgram, kLauncher);
    ASSERT_TRUE(SendReport(child_.get(), {runtime::LaunchStep::kExec, 0, 0}).ok());
    child_ = sys::Fd();
    EXPECT_TRUE(launched_.ReceiveReports());
    EXPECT_TRUE(launched_.by_program());
  }
  // What a child of ours is, that ends with 7.
  pid_t Leave() {
    const sys::ErrnoOr<sys::ClonedProcess> child = sys::CloneProcess({});
    if (child.ok() && child->pid == 0) {
      _exit(7);
    }
    left_ = child->pid;
    directory_.Write("pid", std::to_string(left_));
    return left_;
  }
  std::optional<sys::ExitStatus> TakeOver(int code) {
    return launched_.TakeOver({code}, directory_.Join("pid").c_str(), {}, ends_);
  }
  test::TempDir directory_;
  RecentEnds ends_;
  pid_t left_ = 0;
};

TEST_F(LaunchedByProgram, IsWhoTheProgramHasLeft) {
  Leave();
  EXPECT_FALSE(TakeOver(0).has_value());
  EXPECT_TRUE(launched_.executing());
  EXPECT_FALSE(launched_.by_program());
  EXPECT_EQ(launched_.pid(), left_);
  EXPECT_GE(launched_.pidfd(), 0);
  EXPECT_TRUE(sys::AwaitExit(launched_.pidfd(), sys::kNoDeadline).ok());
  EXPECT_EQ(sys::ReapChild(left_)->code, 7);
}

TEST_F(LaunchedByProgram, KnowsAnEndThatCameBeforeTheProgramsOwn) {
  Leave();
  ends_.Add(left_ + 1, {8});  // of somebody else
  sys::ErrnoOr<sys::Fd> pidfd = sys::OpenProcess(left_);
  ASSERT_TRUE(sys::AwaitExit(pidfd->get(), sys::kNoDeadline).ok());
  ends_.Add(left_, *sys::ReapChild(left_));
  const std::optional<sys::ExitStatus> ended = TakeOver(0);
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->code, 7);
  EXPECT_EQ(launched_.pid(), left_);
}

TEST_F(LaunchedByProgram, MayBeAHelpersChildForAWhile) {
  directory_.Write("pid", "1\n");
  EXPECT_FALSE(TakeOver(0).has_value());
  EXPECT_TRUE(launched_.by_program());
  EXPECT_TRUE(launched_.executing());
  EXPECT_EQ(launched_.pid(), 0);
  Leave();
  EXPECT_FALSE(TakeOver(0).has_value());
  EXPECT_FALSE(launched_.by_program());
  EXPECT_EQ(launched_.pid(), left_);
  EXPECT_TRUE(sys::AwaitExit(launched_.pidfd(), sys::kNoDeadline).ok());
  EXPECT_TRUE(sys::ReapChild(left_).ok());
}

TEST_F(LaunchedByProgram, HasFailedWithTheProgram) {
  EXPECT_FALSE(TakeOver(5).has_value());
  EXPECT_EQ(launched_.failure().step, runtime::LaunchStep::kProgram);
  EXPECT_EQ(launched_.failure().error, 5);
  EXPECT_EQ(launched_.pid(), 0);
}

TEST_F(LaunchedByProgram, HasFailedWhenNobodyIsLeft) {
  EXPECT_FALSE(TakeOver(0).has_value());
  EXPECT_EQ(launched_.failure().step, runtime::LaunchStep::kTakeOver);
  EXPECT_EQ(launched_.failure().error, ENOENT);
}

}  // namespace
}  // namespace berth::shim
