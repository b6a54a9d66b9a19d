// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/host_ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"

#include "base/sys/fd.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

socklen_t FillAddress(const v1::PortMapping& port, sockaddr_storage& storage) {
  const std::string text = port.host_ip().empty() ? "0.0.0.0" : port.host_ip();
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

absl::Status CheckHostPorts(const v1::PodSandboxConfig& pod) {
  for (const v1::PortMapping& wanted : pod.port_mappings()) {
    if (HostUses(wanted)) {
      return absl::AlreadyExistsError(
          absl::StrCat("-p ", PortText(wanted), ": the port is taken by a program of this host"));
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::cli
