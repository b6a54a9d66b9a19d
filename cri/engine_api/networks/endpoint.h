// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "cri/engine_api/networks/ip_prefix.h"

// What a container asks of networks, as data. Pure.
namespace berth::cri {

inline constexpr size_t kMaxEndpoints = 64;         // of a container
inline constexpr size_t kMaxPublishedPorts = 4096;  // of a container

// A container's place in one network.
struct Endpoint {
  std::string network;  // as it was asked for; on record its id
  std::vector<std::string> aliases = {};
  std::optional<IpAddress> ipv4 = {}, ipv6 = {};  // fixed
  std::string mac = "";                           // fixed
  int64_t gateway_priority = 0;                   // networks/gateway.h
  std::vector<std::string> links = {};            // "container:alias": names for it alone

  bool operator==(const Endpoint&) const = default;
};

struct PortRequest {
  uint16_t container_port = 0;
  std::string protocol;  // tcp, udp, sctp
  std::string host_ip;   // empty: all of the node's; 0.0.0.0 and :: all of one version
  uint16_t first = 0;    // host ports of which one is to be had; 0: any
  uint16_t last = 0;

  bool operator==(const PortRequest&) const = default;
};

struct PublishedPort {
  uint16_t container_port = 0;
  std::string protocol;
  std::string host_ip;
  uint16_t host_port = 0;

  bool operator==(const PublishedPort&) const = default;
};

enum class NetworkKind { kNone, kHost, kContainer, kNetworks };

// All that a container asks of networks. On record, as long as the container.
struct ContainerNetworking {
  std::string container_id;
  std::string name;
  std::string hostname;
  NetworkKind kind = NetworkKind::kNetworks;
  std::string joined;               // of kContainer: whose network, as it was asked for
  std::vector<Endpoint> endpoints;  // of kNetworks; the first one's addresses are the pod's
  // The network, by id, that has the default route and the ports since the last start.
  std::string gateway;
  std::vector<PortRequest> ports;
  std::set<std::string> exposed;  // "80/tcp"
  std::vector<std::string> dns_servers, dns_searches, dns_options;
  bool without_ipv6 = false;    // by its sysctls: it has no address of it, whatever networks have
  std::string unreadable = "";  // why its record is none: it goes on as it runs, and starts no more
};

// Reads the body of POST /containers/create, whose ExposedPorts are merged with the image's.
// In Docker's words, and mostly InvalidArgument, what cannot be.
absl::StatusOr<ContainerNetworking> ReadContainerNetworking(const Json& body);

// That the container can be in networks, or, in Docker's words, why in no more.
absl::Status CheckHasNetworks(NetworkKind kind);

// Reads EndpointSettings, of EndpointsConfig and of POST /networks/{id}/connect.
absl::StatusOr<Endpoint> ReadEndpoint(const std::string& network, const Json& settings);

// That a network that is always there gives nobody a fixed address, in Docker's words.
absl::Status NoFixedAddressIn(absl::string_view network);

Json NetworkingRecord(const ContainerNetworking& networking);
// That of the container `id`. Of one that is unreadable it is what can be read.
ContainerNetworking ReadNetworkingRecord(const std::string& id, const absl::StatusOr<Json>& record);

// "80/tcp".
std::string PortName(uint16_t port, absl::string_view protocol);

}  // namespace berth::cri
