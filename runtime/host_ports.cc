// SPDX-License-Identifier: Apache-2.0
#include "runtime/host_ports.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "runtime/pod.h"

namespace berth::runtime {
namespace {

bool Covers(absl::string_view address, absl::string_view other) {
  const bool is_ipv6 = absl::StrContains(other, ':');
  return address == other || address.empty() || (address == "0.0.0.0" && !is_ipv6) ||
         (address == "::" && is_ipv6);
}

bool Collide(const v1::PortMapping& one, const v1::PortMapping& other) {
  return one.host_port() > 0 && one.host_port() == other.host_port() &&
         one.protocol() == other.protocol() && HostAddressesOverlap(one.host_ip(), other.host_ip());
}

std::string PortText(const v1::PortMapping& port) {
  return absl::StrCat(port.host_ip(), port.host_ip().empty() ? "" : ":", port.host_port(), "/",
                      absl::AsciiStrToLower(v1::Protocol_Name(port.protocol())));
}

std::string HolderText(const Pod& pod) {
  const v1::PodSandboxMetadata& name = pod.config().metadata();
  return pod.extras().owner == PodOwner::kEngine
             ? absl::StrCat("the container ", name.name())
             : absl::StrCat("the pod ", name.namespace_(), "/", name.name());
}

bool HasHostPorts(const Pod& pod) {
  return pod.config().port_mappings_size() > 0 && pod.state().attached;
}

}  // namespace

bool HostAddressesOverlap(absl::string_view one, absl::string_view other) {
  return Covers(one, other) || Covers(other, one);
}

std::optional<HeldPort> FindHeldPort(const v1::PodSandboxConfig& config,
                                     const std::vector<std::shared_ptr<Pod>>& pods) {
  if (config.port_mappings().empty() ||
      config.linux().security_context().namespace_options().network() == v1::NODE) {
    return std::nullopt;
  }
  for (const std::shared_ptr<Pod>& pod : pods) {
    if (!HasHostPorts(*pod)) {
      continue;
    }
    for (const v1::PortMapping& wanted : config.port_mappings()) {
      for (const v1::PortMapping& held : pod->config().port_mappings()) {
        if (Collide(wanted, held)) {
          return HeldPort{wanted, pod};
        }
      }
    }
  }
  return std::nullopt;
}

absl::Status RefusalOf(const HeldPort& held) {
  return absl::FailedPreconditionError(absl::StrCat("port_mappings: the host port ",
                                                    PortText(held.wanted), " is taken by ",
                                                    HolderText(*held.holder)));
}

}  // namespace berth::runtime
