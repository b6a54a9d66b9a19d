// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/host_ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "base/sys/fd.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::HasSubstr;

// A port on which somebody listens.
struct TakenPort {
  TakenPort() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in place = {};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(place);
    EXPECT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&place), size), 0);
    EXPECT_EQ(listen(socket.get(), 1), 0);
    EXPECT_EQ(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&place), &size), 0);
    number = ntohs(place.sin_port);
  }
  sys::Fd socket;
  uint16_t number = 0;
};

TEST(HostPorts, AnyFreeOneIsChosenAndNoneTwice) {
  const auto chosen =
      ChooseHostPorts({{80, "tcp", "", 0, 0}, {80, "udp", "", 0, 0}, {81, "tcp", "", 0, 0}}, {});
  ASSERT_THAT(chosen, IsOk());
  ASSERT_EQ(chosen->size(), 3u);
  EXPECT_GT((*chosen)[0].host_port, 0);
  EXPECT_NE((*chosen)[0].host_port, (*chosen)[2].host_port);
  EXPECT_EQ((*chosen)[1].protocol, "udp");
}

TEST(HostPorts, WhatIsTakenIsSaid) {
  const TakenPort taken;
  const PortRequest wanted{80, "tcp", "127.0.0.1", taken.number, taken.number};
  EXPECT_THAT(ChooseHostPorts({wanted}, {}),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr(absl::StrCat("Bind for 127.0.0.1:", taken.number,
                                              " failed: Address already in use"))));
  const auto udp = ChooseHostPorts({{80, "udp", "127.0.0.1", taken.number, taken.number}}, {});
  EXPECT_THAT(udp, IsOk());
  const PublishedPort ours{1, "sctp", "", 7};
  EXPECT_THAT(ChooseHostPorts({{80, "sctp", "127.0.0.1", 7, 7}}, {ours}),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr("Bind for 127.0.0.1:7 failed: port is already allocated")));
}

TEST(HostPorts, ARangeGivesItsFirstFreeOne) {
  const PublishedPort ours{1, "sctp", "", 7};
  const auto chosen = ChooseHostPorts({{80, "sctp", "", 7, 9}, {81, "sctp", "", 7, 9}}, {ours});
  ASSERT_THAT(chosen, IsOk());
  EXPECT_EQ((*chosen)[0].host_port, 8);
  EXPECT_EQ((*chosen)[1].host_port, 9);
}

}  // namespace
}  // namespace berth::cri
