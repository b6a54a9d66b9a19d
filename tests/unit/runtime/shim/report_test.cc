// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/report.h"

#include <fcntl.h>
#include <unistd.h>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/socket.h"

namespace berth::shim {
namespace {

class Report : public ::testing::Test {
 protected:
  void SetUp() override {
    sys::ErrnoOr<sys::SocketPair> pair = OpenReports();
    ASSERT_TRUE(pair.ok());
    shim_ = std::move(pair->first);
    child_ = std::move(pair->second);
  }
  sys::Fd shim_;
  sys::Fd child_;
  LaunchProgress progress_;
};

TEST_F(Report, OfAnExecIsItsAnnouncementAndTheEnd) {
  EXPECT_FALSE(ReceiveReports(shim_.get(), progress_));
  ASSERT_TRUE(SendReport(child_.get(), {runtime::LaunchStep::kExec, 0, 0}).ok());
  EXPECT_FALSE(ReceiveReports(shim_.get(), progress_));
  child_ = sys::Fd();
  EXPECT_TRUE(ReceiveReports(shim_.get(), progress_));
  EXPECT_TRUE(progress_.executing);
  EXPECT_FALSE(progress_.failure.happened());
  EXPECT_EQ(progress_.reporter, getpid());
}

TEST_F(Report, OfAFailureSaysWhatFailed) {
  ASSERT_TRUE(SendReport(child_.get(), {runtime::LaunchStep::kExec, 0, 0}).ok());
  ASSERT_TRUE(SendReport(child_.get(), {runtime::LaunchStep::kSeccomp, EINVAL, 7}).ok());
  child_ = sys::Fd();
  EXPECT_TRUE(ReceiveReports(shim_.get(), progress_));
  EXPECT_EQ(progress_.failure.step, runtime::LaunchStep::kSeccomp);
  EXPECT_EQ(progress_.failure.error, EINVAL);
  EXPECT_EQ(progress_.failure.item, 7u);
}

TEST_F(Report, CarriesATerminal) {
  sys::ErrnoOr<sys::Fd> one = sys::OpenAt(AT_FDCWD, "/dev/null", O_RDWR);
  sys::ErrnoOr<sys::Fd> other = sys::OpenAt(AT_FDCWD, "/dev/zero", O_RDWR);
  ASSERT_TRUE(one.ok() && other.ok());
  ASSERT_TRUE(SendTerminal(child_.get(), {*std::move(one), *std::move(other)}).ok());
  EXPECT_FALSE(ReceiveReports(shim_.get(), progress_));
  EXPECT_TRUE(progress_.terminal.master.is_open());
  EXPECT_TRUE(progress_.terminal.slave.is_open());
  EXPECT_FALSE(progress_.executing);
}

TEST_F(Report, CarriesWhatListensForATerminal) {
  sys::ErrnoOr<sys::Fd> listener = sys::OpenAt(AT_FDCWD, "/dev/null", O_RDWR);
  ASSERT_TRUE(listener.ok());
  ASSERT_TRUE(SendConsole(child_.get(), listener->get()).ok());
  EXPECT_FALSE(ReceiveReports(shim_.get(), progress_));
  EXPECT_TRUE(progress_.terminal.master.is_open());
  EXPECT_FALSE(progress_.terminal.slave.is_open());
}

}  // namespace
}  // namespace berth::shim
