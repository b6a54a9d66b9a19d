// SPDX-License-Identifier: Apache-2.0
#include "cri/socket_acceptor.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <memory>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/socket.h"
#include "tests/support/eventually.h"
#include "tests/support/patience.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

class SocketAcceptorTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<SocketAcceptor>> Listen() {
    return SocketAcceptor::Listen(options, {.on_client =
                                                [this](sys::Fd) {
                                                  wakes_before_client = wakes.load();
                                                  called.Notify();
                                                },
                                            .on_wake = [this] { ++wakes; }});
  }

  test::TempDir directory;
  SocketAcceptorOptions options{
      .address = directory.Join("run/api.sock"), .group = "", .thread = "acceptor"};
  absl::Notification called;
  std::atomic<int> wakes = 0;
  int wakes_before_client = 0;
};

// None may be opened for as long as it lives.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
    const sys::Fd lowest(dup(STDERR_FILENO));
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest.get());
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
  ~NoMoreDescriptors() { EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before_), 0); }

 private:
  rlimit before_ = {};
};

TEST_F(SocketAcceptorTest, TakesWhoCalledBeforeItStarted) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<SocketAcceptor> acceptor, Listen());
  const auto client = sys::ConnectTo(options.address.c_str(), SOCK_STREAM);
  ASSERT_TRUE(client.ok());
  acceptor->Start();
  EXPECT_TRUE(called.WaitForNotificationWithTimeout(absl::Seconds(30) * test::Patience()));
}

TEST_F(SocketAcceptorTest, WhoMakesRoomComesBeforeTheNextClient) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<SocketAcceptor> acceptor, Listen());
  const auto client = sys::ConnectTo(options.address.c_str(), SOCK_STREAM);
  ASSERT_TRUE(client.ok());
  acceptor->Wake();
  acceptor->Start();
  ASSERT_TRUE(called.WaitForNotificationWithTimeout(absl::Seconds(30) * test::Patience()));
  EXPECT_EQ(wakes_before_client, 1);
}

TEST_F(SocketAcceptorTest, WaitsForDescriptorsAndGoesOn) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<SocketAcceptor> acceptor, Listen());
  const auto client = sys::ConnectTo(options.address.c_str(), SOCK_STREAM);
  ASSERT_TRUE(client.ok());
  {
    NoMoreDescriptors none;
    acceptor->Start();
    for (const int turn : {1, 2}) {  // the second one begins after a try
      acceptor->Wake();
      ASSERT_TRUE(test::Eventually([&] { return wakes >= turn; }));
    }
    EXPECT_FALSE(called.HasBeenNotified());
  }
  EXPECT_TRUE(called.WaitForNotificationWithTimeout(absl::Seconds(30) * test::Patience()));
}

TEST_F(SocketAcceptorTest, RemovesTheSocketAtItsEnd) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<SocketAcceptor> acceptor, Listen());
  struct stat found = {};
  ASSERT_EQ(stat(options.address.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0660u);
  acceptor.reset();
  EXPECT_NE(stat(options.address.c_str(), &found), 0);
}

TEST_F(SocketAcceptorTest, LeavesTheSocketToWhoeverListensOnIt) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<SocketAcceptor> acceptor, Listen());
  EXPECT_THAT(Listen(), test::StatusIs(absl::StatusCode::kUnavailable,
                                       HasSubstr("another daemon listens on " + options.address)));
}

}  // namespace
}  // namespace berth::cri
