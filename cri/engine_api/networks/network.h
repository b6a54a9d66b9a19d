// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "cri/engine_api/networks/ip_prefix.h"

// Docker's networks as data. Pure.
namespace berth::cri {

using StringMap = std::map<std::string, std::string>;

inline constexpr char kBridgeNetwork[] = "bridge";
inline constexpr char kHostNetwork[] = "host";
inline constexpr char kNoNetwork[] = "none";
inline constexpr absl::string_view kOfContainer = "container:";  // modes, of another's namespaces
inline constexpr size_t kMaxNetworkName = 128;
inline constexpr size_t kMaxBridgeName = 15;  // an interface's

// Those of Docker's driver `bridge` that are understood.
inline constexpr char kBridgeNameOption[] = "com.docker.network.bridge.name";
inline constexpr char kMasqueradeOption[] = "com.docker.network.bridge.enable_ip_masquerade";
inline constexpr char kIccOption[] = "com.docker.network.bridge.enable_icc";
inline constexpr char kHostBindingOption[] = "com.docker.network.bridge.host_binding_ipv4";
inline constexpr char kMtuOption[] = "com.docker.network.driver.mtu";

struct Subnet {
  IpPrefix prefix;
  IpAddress gateway;              // in the prefix
  std::optional<IpPrefix> range;  // inside the prefix: of what is given out

  bool operator==(const Subnet&) const = default;
};

// Whether it is the name of a network that is always there.
bool IsPredefinedNetwork(absl::string_view name);

// What a HostConfig.NetworkMode means: "bridge" where nothing is said.
std::string NetworkOfMode(const std::string& mode);

struct Network {
  std::string id;
  std::string name;
  std::string driver = "bridge";  // or host, null
  int64_t created_at = 0;         // ns
  std::vector<Subnet> subnets;    // of a bridge one of IPv4, and perhaps one of IPv6
  bool enable_ipv6 = false;
  bool internal = false;
  bool attachable = false;
  StringMap labels;
  StringMap options;
  StringMap ipam_options;
  std::string unreadable;  // why its record is none: nothing begins to use it

  bool predefined() const;
  bool is_bridge() const { return driver == "bridge"; }
  std::string bridge() const;    // the interface's name
  std::string cni_name() const;  // what plugins know it by
  const Subnet* ipv4() const;    // null: none
  bool masquerades() const;      // what leaves it for elsewhere
  bool connects() const;         // its containers with each other
  std::optional<int64_t> mtu() const;
};

Json NetworkRecord(const Network& network);
// That of `id`. Of one that is unreadable it is what can be read, with no name where that cannot,
// and no options: what they say is done to the node.
Network ReadNetworkRecord(const std::string& id, const absl::StatusOr<Json>& record);

// One container in a network as inspect shows it.
struct NetworkMember {
  std::string container_id;
  std::string name;
  std::string mac;
  std::string ipv4;  // with prefix length; empty: none
  std::string ipv6;
};

// As the Engine API tells of it, without its containers and with them.
Json NetworkSummary(const Network& network);
Json NetworkDetails(const Network& network, const std::vector<NetworkMember>& members);

}  // namespace berth::cri
