// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/host_ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/fd.h"
#include "runtime/host_ports.h"

namespace berth::cri {
namespace {

constexpr int kTries = 16;  // at a port that the kernel has free and we have given out

// The port that a socket gets which asks for `port` of the address, or why it gets none.
sys::ErrnoOr<uint16_t> TryBind(const PublishedPort& wanted, const IpAddress& address,
                               uint16_t port) {
  const int type = wanted.protocol == "udp" ? SOCK_DGRAM : SOCK_STREAM;
  const sys::Fd socket(::socket(address.is_ipv4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) {
    return sys::Errno::Last("socket");
  }
  const int on = 1;  // what lingers of an ended connection is no obstacle
  (void)setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (!address.is_ipv4) {  // what IPv4 has at this port is another's
    (void)setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  }
  sockaddr_storage place = {};
  socklen_t size = sizeof(sockaddr_in);
  if (address.is_ipv4) {
    auto* ipv4 = reinterpret_cast<sockaddr_in*>(&place);
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(port);
    std::memcpy(&ipv4->sin_addr, address.bytes.data(), sizeof(ipv4->sin_addr));
  } else {
    auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&place);
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(port);
    std::memcpy(&ipv6->sin6_addr, address.bytes.data(), sizeof(ipv6->sin6_addr));
    size = sizeof(sockaddr_in6);
  }
  auto* generic = reinterpret_cast<sockaddr*>(&place);
  if (bind(socket.get(), generic, size) != 0) {
    return sys::Errno::Last("bind");
  }
  // With SO_REUSEADDR only listening tells that nobody else does.
  if (type == SOCK_STREAM && listen(socket.get(), 1) != 0) {
    return sys::Errno::Last("listen");
  }
  socklen_t got = sizeof(place);
  if (getsockname(socket.get(), generic, &got) != 0) {
    return sys::Errno::Last("getsockname");
  }
  return ntohs(address.is_ipv4 ? reinterpret_cast<sockaddr_in*>(&place)->sin_port
                               : reinterpret_cast<sockaddr_in6*>(&place)->sin6_port);
}

bool Collides(const PublishedPort& a, const PublishedPort& b) {
  return a.host_port == b.host_port && a.protocol == b.protocol &&
         runtime::HostAddressesOverlap(a.host_ip, b.host_ip);
}

absl::Status Failed(const PublishedPort& port, absl::string_view address, absl::string_view why) {
  return absl::InternalError(
      absl::StrCat("Bind for ", address, ":", port.host_port, " failed: ", why));
}

// Where nothing is said, of all versions that lead to the container.
std::vector<IpAddress> AddressesOf(const PublishedPort& port, HostVersions versions) {
  if (!port.host_ip.empty()) {
    return {ParseIpAddress(port.host_ip).value_or(IpAddress())};
  }
  std::vector<IpAddress> addresses = {IpAddress()};
  if (versions == HostVersions::kBoth) {
    addresses.push_back({.is_ipv4 = false});
  }
  return addresses;
}

absl::Status Take(const PublishedPort& port, absl::Span<const PublishedPort> taken,
                  HostVersions versions) {
  if (absl::c_any_of(taken, [&](const PublishedPort& other) { return Collides(port, other); })) {
    return Failed(port, port.host_ip.empty() ? "0.0.0.0" : port.host_ip,
                  "port is already allocated");
  }
  if (port.protocol == "sctp") {
    return absl::OkStatus();  // the kernel may not have it
  }
  for (const IpAddress& address : AddressesOf(port, versions)) {
    const sys::ErrnoOr<uint16_t> bound = TryBind(port, address, port.host_port);
    const bool is_absent = !bound.ok() && bound.error().code == EAFNOSUPPORT;  // IPv6 on this node
    if (!bound.ok() && !(is_absent && port.host_ip.empty())) {
      return Failed(port, address.str(), strerrordesc_np(bound.error().code));
    }
  }
  return absl::OkStatus();
}

absl::Status TakeAny(PublishedPort& port, absl::Span<const PublishedPort> taken,
                     HostVersions versions) {
  absl::Status last;
  for (int i = 0; i < kTries; ++i) {
    const sys::ErrnoOr<uint16_t> bound = TryBind(port, AddressesOf(port, versions).front(), 0);
    RETURN_IF_ERROR(ToStatus(bound, "find a free port"));
    port.host_port = *bound;
    last = Take(port, taken, versions);
    if (last.ok()) {
      break;
    }
  }
  return last;
}

absl::Status CheckLeadsThere(const PortRequest& request, HostVersions versions) {
  const std::optional<IpAddress> address = ParseIpAddress(request.host_ip);
  return versions == HostVersions::kIpv4 && address.has_value() && !address->is_ipv4
             ? absl::UnimplementedError(absl::StrCat(
                   "a port of [", request.host_ip,
                   "] cannot be published: the container has no address of IPv6, and what comes by "
                   "IPv6 is not passed on to one of IPv4"))
             : absl::OkStatus();
}

absl::StatusOr<PublishedPort> Choose(const PortRequest& request,
                                     absl::Span<const PublishedPort> taken, HostVersions versions) {
  RETURN_IF_ERROR(CheckLeadsThere(request, versions));
  PublishedPort port;
  port.container_port = request.container_port;
  port.protocol = request.protocol;
  port.host_ip = request.host_ip;
  if (request.first == 0) {
    RETURN_IF_ERROR(TakeAny(port, taken, versions));
    return port;
  }
  absl::Status first;
  for (int number = request.first; number <= request.last; ++number) {
    port.host_port = static_cast<uint16_t>(number);
    const absl::Status took = Take(port, taken, versions);
    if (took.ok()) {
      return port;
    }
    first.Update(took);
  }
  return first;
}

}  // namespace

absl::StatusOr<std::vector<PublishedPort>> ChooseHostPorts(const std::vector<PortRequest>& requests,
                                                           absl::Span<const PublishedPort> taken,
                                                           HostVersions versions) {
  std::vector<PublishedPort> all(taken.begin(), taken.end());
  std::vector<PublishedPort> chosen;
  for (const PortRequest& request : requests) {
    ASSIGN_OR_RETURN(PublishedPort port, Choose(request, all, versions));
    all.push_back(port);
    chosen.push_back(std::move(port));
  }
  return chosen;
}

}  // namespace berth::cri
