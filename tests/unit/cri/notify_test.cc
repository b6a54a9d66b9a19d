// SPDX-License-Identifier: Apache-2.0
#include "cri/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <string>

#include "gtest/gtest.h"

#include "base/sys/fd.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

class Notify : public ::testing::Test {
 protected:
  void TearDown() override { unsetenv("NOTIFY_SOCKET"); }  // NOLINT(concurrency-mt-unsafe) a test

  // Listens as systemd does, and tells where.
  void Listen() {
    const std::string path = directory.Join("notify");
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(bind(socket_fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);  // NOLINT(concurrency-mt-unsafe) a test
  }
  std::string Received() {
    std::string text(100, '\0');
    const ssize_t size = recv(socket_fd.get(), text.data(), text.size(), MSG_DONTWAIT);
    return size < 0 ? "nothing" : text.substr(0, static_cast<size_t>(size));
  }

  test::TempDir directory;
  sys::Fd socket_fd{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(Notify, TellsTheOneWhoAsked) {
  Listen();
  NotifyServiceManager("READY=1");
  EXPECT_EQ(Received(), "READY=1");
}

TEST_F(Notify, DoesNothingWhenNobodyAsked) {
  NotifyServiceManager("READY=1");
  EXPECT_EQ(Received(), "nothing");
}

TEST_F(Notify, IgnoresAnAddressThatNoSocketCanHave) {
  const std::string path(200, 'x');
  setenv("NOTIFY_SOCKET", path.c_str(), 1);  // NOLINT(concurrency-mt-unsafe) a test
  NotifyServiceManager("READY=1");
  EXPECT_EQ(Received(), "nothing");
}

}  // namespace
}  // namespace berth::cri
