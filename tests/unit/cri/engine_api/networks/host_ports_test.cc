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

// A port of one version of IP on whose loopback somebody listens.
struct TakenPort {
  explicit TakenPort(int family = AF_INET)
      : socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage place = {};
    place.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET6) {
      const int on = 1;
      EXPECT_EQ(setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)), 0);
      reinterpret_cast<sockaddr_in6*>(&place)->sin6_addr = in6addr_loopback;
    } else {
      reinterpret_cast<sockaddr_in*>(&place)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    socklen_t size = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    EXPECT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&place), size), 0);
    EXPECT_EQ(listen(socket.get(), 1), 0);
    EXPECT_EQ(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&place), &size), 0);
    number = ntohs(family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&place)->sin6_port
                                      : reinterpret_cast<sockaddr_in*>(&place)->sin_port);
  }
  sys::Fd socket;
  uint16_t number = 0;
};

TEST(HostPorts, AnyFreeOneIsChosenAndNoneTwice) {
  const auto chosen =
      ChooseHostPorts({{80, "tcp", "", 0, 0}, {80, "udp", "", 0, 0}, {81, "tcp", "", 0, 0}}, {},
                      HostVersions::kIpv4);
  ASSERT_THAT(chosen, IsOk());
  ASSERT_EQ(chosen->size(), 3u);
  EXPECT_GT((*chosen)[0].host_port, 0);
  EXPECT_NE((*chosen)[0].host_port, (*chosen)[2].host_port);
  EXPECT_EQ((*chosen)[1].protocol, "udp");
}

TEST(HostPorts, WhatIsTakenIsSaid) {
  const TakenPort taken;
  const PortRequest wanted{80, "tcp", "127.0.0.1", taken.number, taken.number};
  EXPECT_THAT(ChooseHostPorts({wanted}, {}, HostVersions::kIpv4),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr(absl::StrCat("Bind for 127.0.0.1:", taken.number,
                                              " failed: Address already in use"))));
  const auto udp = ChooseHostPorts({{80, "udp", "127.0.0.1", taken.number, taken.number}}, {},
                                   HostVersions::kIpv4);
  EXPECT_THAT(udp, IsOk());
  const PublishedPort ours{1, "sctp", "", 7};
  EXPECT_THAT(ChooseHostPorts({{80, "sctp", "127.0.0.1", 7, 7}}, {ours}, HostVersions::kIpv4),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr("Bind for 127.0.0.1:7 failed: port is already allocated")));
}

TEST(HostPorts, ARangeGivesItsFirstFreeOne) {
  const PublishedPort ours{1, "sctp", "", 7};
  const auto chosen = ChooseHostPorts({{80, "sctp", "", 7, 9}, {81, "sctp", "", 7, 9}}, {ours},
                                      HostVersions::kIpv4);
  ASSERT_THAT(chosen, IsOk());
  EXPECT_EQ((*chosen)[0].host_port, 8);
  EXPECT_EQ((*chosen)[1].host_port, 9);
}

TEST(HostPorts, OfOneVersionAreTheirsAlone) {
  const TakenPort taken;
  EXPECT_THAT(
      ChooseHostPorts({{80, "tcp", "::", taken.number, taken.number}}, {}, HostVersions::kBoth),
      IsOk());
  const PublishedPort ours{1, "sctp", "::", 7};
  const auto choose = [&](const char* host_ip) {
    return ChooseHostPorts({{80, "sctp", host_ip, 7, 7}}, {ours}, HostVersions::kBoth);
  };
  EXPECT_THAT(choose("0.0.0.0"), IsOk());
  EXPECT_THAT(choose(""), StatusIs(absl::StatusCode::kInternal, HasSubstr("already allocated")));
  EXPECT_THAT(choose("fd00::2"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("already allocated")));
}

TEST(HostPorts, WithoutAnAddressThoseOfAllVersionsThatLeadToTheContainer) {
  const TakenPort taken(AF_INET6);
  const PortRequest wanted{80, "tcp", "", taken.number, taken.number};
  EXPECT_THAT(ChooseHostPorts({wanted}, {}, HostVersions::kIpv4), IsOk());
  EXPECT_THAT(ChooseHostPorts({wanted}, {}, HostVersions::kBoth),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr(absl::StrCat("Bind for :::", taken.number,
                                              " failed: Address already in use"))));
}

TEST(HostPorts, NoneOfAnAddressThatLeadsNowhere) {
  for (const char* host_ip : {"::", "fd00::2"}) {
    EXPECT_THAT(ChooseHostPorts({{80, "tcp", host_ip, 0, 0}}, {}, HostVersions::kIpv4),
                StatusIs(absl::StatusCode::kUnimplemented,
                         HasSubstr(absl::StrCat("a port of [", host_ip, "] cannot"))));
  }
  EXPECT_THAT(ChooseHostPorts({{80, "tcp", "0.0.0.0", 0, 0}}, {}, HostVersions::kIpv4), IsOk());
}

}  // namespace
}  // namespace berth::cri
