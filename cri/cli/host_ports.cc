// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/host_ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/fd.h"
#include "cri/cli/container_view.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

std::string AddressOf(const v1::PortMapping& port) {
  return port.host_ip().empty() ? "0.0.0.0" : port.host_ip();
}

absl::Status Taken(const v1::PortMapping& port, absl::string_view by) {
  return absl::AlreadyExistsError(
      absl::StrCat("-p ", PortText(port), ": the port is taken by ", by));
}

socklen_t FillAddress(const v1::PortMapping& port, sockaddr_storage& storage) {
  const std::string text = AddressOf(port);
  const in_port_t number = htons(static_cast<uint16_t>(port.host_port()));
  sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = number, .sin_addr = {}, .sin_zero = {}};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    memcpy(&storage, &v4, sizeof(v4));
    return sizeof(v4);
  }
  sockaddr_in6 v6 = {};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = number;
  inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr);
  memcpy(&storage, &v6, sizeof(v6));
  return sizeof(v6);
}

// By trying: only "in use" counts, since what else is in the way is the network plugin's to judge.
bool HostUses(const v1::PortMapping& port) {
  if (port.protocol() != v1::TCP && port.protocol() != v1::UDP) {
    return false;
  }
  const bool tcp = port.protocol() == v1::TCP;
  sockaddr_storage address = {};
  const socklen_t size = FillAddress(port, address);
  const sys::Fd probe(
      socket(address.ss_family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
  if (tcp) {  // connections that have ended are no obstacle
    const int on = 1;
    setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  }
  return bind(probe.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 && errno == EADDRINUSE;
}

}  // namespace

bool PortsCollide(const v1::PortMapping& one, const v1::PortMapping& other) {
  if (one.host_port() == 0 || one.host_port() != other.host_port() ||
      one.protocol() != other.protocol()) {
    return false;
  }
  const std::string mine = AddressOf(one), theirs = AddressOf(other);
  if (absl::StrContains(mine, ':') != absl::StrContains(theirs, ':')) {
    return false;
  }
  const auto is_any = [](const std::string& ip) { return ip == "0.0.0.0" || ip == "::"; };
  return mine == theirs || is_any(mine) || is_any(theirs);
}

absl::Status CheckHostPorts(const Client& client, const Inventory& inventory,
                            const v1::PodSandboxConfig& pod) {
  if (pod.port_mappings().empty()) {
    return absl::OkStatus();
  }
  for (const v1::PodSandbox& other : inventory.pods) {
    if (other.state() != v1::SANDBOX_READY) {
      continue;
    }
    const absl::StatusOr<v1::PodSandboxStatusResponse> status = client.PodStatus(other.id());
    if (!status.ok()) {
      continue;  // it has gone meanwhile
    }
    for (const v1::PortMapping& held : PortsIn(InfoIn(*status))) {
      for (const v1::PortMapping& wanted : pod.port_mappings()) {
        if (PortsCollide(wanted, held)) {
          return Taken(wanted, absl::StrCat("pod ", other.metadata().name()));
        }
      }
    }
  }
  for (const v1::PortMapping& wanted : pod.port_mappings()) {
    if (HostUses(wanted)) {
      return Taken(wanted, "a program of this host");
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::cli
