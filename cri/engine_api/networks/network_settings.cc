// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_settings.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "base/short_id.h"

namespace berth::cri {
namespace {

// The first address of a version, with what follows from it.
struct Place {
  std::string address;
  int length = 0;
  std::string gateway;
};

Place PlaceOf(const runtime::AttachedInterface* interface, bool is_ipv4) {
  Place place;
  for (size_t i = 0; interface != nullptr && i < interface->addresses.size(); ++i) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(interface->addresses[i], absl::MaxSplits('/', 1));
    const std::optional<IpAddress> address = ParseIpAddress(parts.first);
    if (address.has_value() && address->is_ipv4 == is_ipv4) {
      place.address = parts.first;
      (void)absl::SimpleAtoi(parts.second, &place.length);
      place.gateway = interface->gateways[i];
      return place;
    }
  }
  return place;
}

const runtime::AttachedInterface* InterfaceIn(const Network& network, const LiveNetworking* live) {
  if (live == nullptr) {
    return nullptr;
  }
  const auto found = absl::c_find_if(live->interfaces, [&](const runtime::AttachedInterface& each) {
    return each.network == network.cni_name();
  });
  return found == live->interfaces.end() ? nullptr : &*found;
}

// The fields that NetworkSettings and each of its Networks have in common.
Json Addresses(const runtime::AttachedInterface* interface) {
  const Place ipv4 = PlaceOf(interface, true), ipv6 = PlaceOf(interface, false);
  return {{"Gateway", ipv4.gateway},
          {"IPAddress", ipv4.address},
          {"IPPrefixLen", ipv4.length},
          {"IPv6Gateway", ipv6.gateway},
          {"GlobalIPv6Address", ipv6.address},
          {"GlobalIPv6PrefixLen", ipv6.length},
          {"MacAddress", interface == nullptr ? "" : interface->mac}};
}

Json IpamConfig(const Endpoint& endpoint) {
  Json config;
  if (endpoint.ipv4.has_value()) {
    config["IPv4Address"] = endpoint.ipv4->str();
  }
  if (endpoint.ipv6.has_value()) {
    config["IPv6Address"] = endpoint.ipv6->str();
  }
  return config;
}

// Each once; none that is empty.
void AddName(const std::string& name, Json& names) {
  if (!name.empty() && absl::c_find(names, name) == names.end()) {
    names.push_back(name);
  }
}

// By which the others in the network find it.
Json NamesIn(const ContainerNetworking& networking, const Endpoint& endpoint) {
  Json names = Json::array();
  AddName(networking.name, names);
  for (const std::string& alias : endpoint.aliases) {
    AddName(alias, names);
  }
  AddName(ShortId(networking.container_id), names);
  AddName(networking.hostname, names);
  return names;
}

Json EndpointSettings(const ContainerNetworking& networking, const Endpoint& endpoint,
                      const runtime::AttachedInterface* interface) {
  Json settings = Addresses(interface);
  settings["IPAMConfig"] = IpamConfig(endpoint);
  settings["Links"] = endpoint.links.empty() ? Json() : Json(endpoint.links);
  settings["Aliases"] = endpoint.aliases.empty() ? Json() : Json(endpoint.aliases);
  settings["DriverOpts"] = nullptr;
  settings["GwPriority"] = endpoint.gateway_priority;
  settings["NetworkID"] = endpoint.network;
  settings["EndpointID"] = interface == nullptr ? "" : networking.container_id;
  settings["DNSNames"] = nullptr;
  return settings;
}

// As Docker has it, only who has a way out shows ports, whatever it exposes.
bool ShowsPorts(const ContainerNetworking& networking, const LiveNetworking* live) {
  return live != nullptr && !networking.gateway.empty();
}

// Those that lead to it, each by the addresses of the node that do: of IPv6 where it has an address
// of it in the network that is its way out.
std::vector<PublishedPort> ShownPorts(const ContainerNetworking& networking,
                                      const std::map<std::string, Network>& networks,
                                      const LiveNetworking& live) {
  const auto gateway = networks.find(networking.gateway);
  const bool has_ipv6 =
      gateway != networks.end() &&
      !PlaceOf(InterfaceIn(gateway->second, &live), /*is_ipv4=*/false).address.empty();
  std::vector<PublishedPort> shown;
  for (const PublishedPort& port : live.ports) {
    if (!absl::StrContains(port.host_ip, ':')) {
      shown.push_back(port);
      shown.back().host_ip = port.host_ip.empty() ? "0.0.0.0" : port.host_ip;
    } else if (has_ipv6) {
      shown.push_back(port);
    }
    if (port.host_ip.empty() && has_ipv6) {
      shown.push_back(port);
      shown.back().host_ip = "::";
    }
  }
  return shown;
}

Json PortMap(const ContainerNetworking& networking, const std::map<std::string, Network>& networks,
             const LiveNetworking* live) {
  Json ports = Json::object();
  if (!ShowsPorts(networking, live)) {
    return ports;
  }
  for (const std::string& exposed : networking.exposed) {
    ports[exposed] = nullptr;
  }
  for (const PublishedPort& port : ShownPorts(networking, networks, *live)) {
    ports[PortName(port.container_port, port.protocol)].push_back(
        {{"HostIp", port.host_ip}, {"HostPort", absl::StrCat(port.host_port)}});
  }
  return ports;
}

}  // namespace

Json NetworkSettings(const ContainerNetworking& networking,
                     const std::map<std::string, Network>& networks, const LiveNetworking* live) {
  Json list = Json::object();
  const runtime::AttachedInterface* of_bridge = nullptr;
  for (const Endpoint& endpoint : networking.endpoints) {
    const auto network = networks.find(endpoint.network);
    if (network == networks.end()) {
      continue;  // removed while the container was stopped
    }
    const runtime::AttachedInterface* interface = InterfaceIn(network->second, live);
    of_bridge = network->second.name == kBridgeNetwork ? interface : of_bridge;
    Json& settings = list[network->second.name] = EndpointSettings(networking, endpoint, interface);
    if (!network->second.predefined()) {
      settings["DNSNames"] = NamesIn(networking, endpoint);
    }
  }
  const char* alone = networking.kind == NetworkKind::kHost   ? kHostNetwork
                      : networking.kind == NetworkKind::kNone ? kNoNetwork
                                                              : nullptr;
  for (const auto& [id, network] : networks) {
    if (alone != nullptr && network.name == alone) {
      list[alone] = EndpointSettings(networking, {.network = id}, nullptr);
    }
  }
  // The old fields are of the network `bridge` only.
  Json settings = Addresses(of_bridge);
  settings["Bridge"] = "";
  settings["SandboxID"] = live == nullptr ? "" : live->pod_id;
  settings["SandboxKey"] = live == nullptr ? "" : live->namespace_path;
  settings["HairpinMode"] = false;
  settings["LinkLocalIPv6Address"] = "";
  settings["LinkLocalIPv6PrefixLen"] = 0;
  settings["SecondaryIPAddresses"] = nullptr;
  settings["SecondaryIPv6Addresses"] = nullptr;
  settings["EndpointID"] = of_bridge == nullptr ? "" : networking.container_id;
  settings["Ports"] = PortMap(networking, networks, live);
  settings["Networks"] = std::move(list);
  return settings;
}

void AddIdsToAliases(const std::string& container_id, const std::string& hostname, Json& settings) {
  Json& networks = settings["Networks"];
  for (auto endpoint = networks.begin(); endpoint != networks.end(); ++endpoint) {
    if (!IsPredefinedNetwork(endpoint.key())) {
      AddName(ShortId(container_id), (*endpoint)["Aliases"]);
      AddName(hostname, (*endpoint)["Aliases"]);
    }
  }
}

Json PortList(const ContainerNetworking& networking, const std::map<std::string, Network>& networks,
              const LiveNetworking* live) {
  Json list = Json::array();
  if (!ShowsPorts(networking, live)) {
    return list;
  }
  const std::vector<PublishedPort> shown = ShownPorts(networking, networks, *live);
  for (const std::string& exposed : networking.exposed) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(exposed, '/');
    int number = 0;
    (void)absl::SimpleAtoi(parts.first, &number);
    bool published = false;
    for (const PublishedPort& port : shown) {
      if (PortName(port.container_port, port.protocol) == exposed) {
        published = true;
        list.push_back({{"IP", port.host_ip},
                        {"PrivatePort", number},
                        {"PublicPort", port.host_port},
                        {"Type", port.protocol}});
      }
    }
    if (!published) {
      list.push_back({{"PrivatePort", number}, {"Type", parts.second}});
    }
  }
  return list;
}

}  // namespace berth::cri
