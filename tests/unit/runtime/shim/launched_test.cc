// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/launched.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "gtest/gtest.h"

namespace berth::shim {
namespace {

constexpr pid_t kLauncher = 1;  // whoever reports here is this test, another process

class LaunchedTest : public ::testing::Test {
 protected:
  void Begin(bool by_launcher, pid_t pid) {
    sys::ErrnoOr<sys::SocketPair> reports = OpenReports();
    ASSERT_TRUE(reports.ok());
    child_ = std::move(reports->second);
    sys::ErrnoOr<sys::Fd> pidfd = sys::OpenProcess(pid);
    ASSERT_TRUE(pidfd.ok());
    launched_.Begin({pid, *std::move(pidfd)}, by_launcher, std::move(reports->first));
  }
  Launched launched_;
  sys::Fd child_;
};

TEST_F(LaunchedTest, IsWhoWasClonedWhereThereIsNoLauncher) {
  Begin(false, getpid());
  ASSERT_TRUE(SendReport(child_.get(), {runtime::LaunchStep::kExec, 0, 0}).ok());
  EXPECT_FALSE(launched_.ReceiveReports());
  EXPECT_EQ(launched_.pid(), getpid());
  EXPECT_TRUE(launched_.Ended());
}

TEST_F(LaunchedTest, IsWhoReportsWhereThereIsALauncher) {
  Begin(true, kLauncher);
  EXPECT_EQ(launched_.pid(), kLauncher);
  ASSERT_TRUE(SendReport(child_.get(), {runtime::LaunchStep::kExec, 0, 0}).ok());
  EXPECT_FALSE(launched_.ReceiveReports());
  EXPECT_EQ(launched_.pid(), getpid());
  EXPECT_TRUE(launched_.executing());
  EXPECT_TRUE(launched_.Signal(0).ok());
  EXPECT_TRUE(launched_.Ended());
}

TEST_F(LaunchedTest, OutlivesItsLauncherUntilTheReportsEnd) {
  Begin(true, kLauncher);
  EXPECT_FALSE(launched_.ReceiveReports());
  EXPECT_FALSE(launched_.Ended());
  EXPECT_EQ(launched_.pid(), 0);
  EXPECT_EQ(launched_.Signal(SIGKILL).error().code, ESRCH);
  ASSERT_TRUE(SendReport(child_.get(), {runtime::LaunchStep::kExec, 0, 0}).ok());
  EXPECT_FALSE(launched_.ReceiveReports());
  EXPECT_EQ(launched_.pid(), getpid());
}

TEST_F(LaunchedTest, HasEndedWithALauncherThatMadeNobody) {
  Begin(true, kLauncher);
  EXPECT_FALSE(launched_.Ended());
  child_ = sys::Fd();
  EXPECT_TRUE(launched_.ReceiveReports());
  EXPECT_EQ(launched_.pid(), 0);
  EXPECT_TRUE(launched_.Ended());
}

}  // namespace
}  // namespace berth::shim
