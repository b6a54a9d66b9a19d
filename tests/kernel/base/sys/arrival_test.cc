// SPDX-License-Identifier: Apache-2.0
#include "base/sys/arrival.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/fd.h"
#include "tests/support/status_matchers.h"

namespace berth::sys {
namespace {

using test::ErrnoIs;
using test::IsOk;

constexpr int kPatienceMs = 10'000;

// A socket of its own, bound to 127.0.0.1.
struct Bound {
  explicit Bound(int type) : socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(place);
    EXPECT_EQ(bind(socket.get(), address(), size), 0);
    EXPECT_EQ(getsockname(socket.get(), address(), &size), 0);
  }
  sockaddr* address() { return reinterpret_cast<sockaddr*>(&place); }

  Fd socket;
  sockaddr_in place = {};
};

TEST(Arrival, OfPackets) {
  Bound here(SOCK_DGRAM), there(SOCK_DGRAM);
  char buffer[4];
  EXPECT_THAT(ReceiveDatagram(here.socket.get(), buffer), ErrnoIs(EAGAIN));
  const auto get = [&](const std::string& text) {
    EXPECT_GT(
        sendto(there.socket.get(), text.data(), text.size(), 0, here.address(), sizeof(here.place)),
        0);
    pollfd waiting = {here.socket.get(), POLLIN, 0};
    EXPECT_EQ(poll(&waiting, 1, kPatienceMs), 1);
    ErrnoOr<Datagram> got = ReceiveDatagram(here.socket.get(), buffer);
    EXPECT_THAT(got, IsOk());
    return got.ok() ? *got : Datagram();
  };
  EXPECT_EQ(get("ab").interface, 0u) << "nobody has asked for it";
  ASSERT_THAT(NameArrivals(here.socket.get()), IsOk());
  const Datagram named = get("cd");
  EXPECT_EQ(named.interface, if_nametoindex("lo"));
  EXPECT_EQ(std::string(buffer, named.bytes), "cd");
  EXPECT_EQ(named.sender.sin_port, there.place.sin_port);
  EXPECT_EQ(named.sender.sin_addr.s_addr, there.place.sin_addr.s_addr);
  EXPECT_EQ(get("too long").bytes, sizeof(buffer));
}

TEST(Arrival, OfConnections) {
  Bound listener(SOCK_STREAM);
  ASSERT_EQ(listen(listener.socket.get(), 2), 0);
  const auto accept_one = [&] {
    const Bound client(SOCK_STREAM);
    EXPECT_EQ(connect(client.socket.get(), listener.address(), sizeof(listener.place)), 0);
    return Fd(accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  };
  const auto arrival_of = [](const Fd& connection) {
    ErrnoOr<unsigned> arrival = ArrivalOf(connection.get());
    EXPECT_THAT(arrival, IsOk());
    return arrival.ok() ? *arrival : 0;
  };
  EXPECT_EQ(arrival_of(accept_one()), 0u) << "nobody has asked for it";
  ASSERT_THAT(NameArrivals(listener.socket.get()), IsOk());
  EXPECT_EQ(arrival_of(accept_one()), if_nametoindex("lo"));
  EXPECT_FALSE(ArrivalOf(Bound(SOCK_DGRAM).socket.get()).ok());
}

}  // namespace
}  // namespace berth::sys
