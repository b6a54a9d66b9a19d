// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/loopback_connect.h"

#include <netinet/in.h>

#include "gmock/gmock.h"

#include "tests/kernel/cri/streaming/loop_under_test.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::HasSubstr;

class LoopbackConnectTest : public LoopTest {
 protected:
  static std::vector<sys::Fd> Sockets() {
    std::vector<sys::Fd> sockets;
    for (const int family : {AF_INET, AF_INET6}) {
      sys::Fd made(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      if (made.is_open()) {
        sockets.push_back(std::move(made));
      }
    }
    return sockets;
  }

  absl::StatusOr<sys::Fd> Connect(uint16_t port) {
    absl::StatusOr<sys::Fd> result;
    bool done = false;
    ConnectToLoopback(loop, Sockets(), port, [&](absl::StatusOr<sys::Fd> connected) {
      result = std::move(connected);
      done = true;
    });
    EXPECT_TRUE(RunUntil([&] { return done; }));
    return result;
  }
};

TEST_F(LoopbackConnectTest, ReachesAnIpv4Listener) {
  asio::ip::tcp::acceptor listener(loop, {asio::ip::address_v4::loopback(), 0});
  EXPECT_THAT(Connect(listener.local_endpoint().port()), IsOk());
}

TEST_F(LoopbackConnectTest, ReachesAnIpv6ListenerToo) {
  asio::ip::tcp::acceptor listener(loop, {asio::ip::address_v6::loopback(), 0});
  EXPECT_THAT(Connect(listener.local_endpoint().port()), IsOk());
}

TEST_F(LoopbackConnectTest, SaysWhyNobodyAnswers) {
  uint16_t port = 0;
  {
    asio::ip::tcp::acceptor listener(loop, {asio::ip::address_v4::loopback(), 0});
    port = listener.local_endpoint().port();
  }
  EXPECT_THAT(Connect(port),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("Connection refused")));
}

}  // namespace
}  // namespace berth::cri
