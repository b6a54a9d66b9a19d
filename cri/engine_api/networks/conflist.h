// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "cri/engine_api/networks/ip_prefix.h"
#include "cri/engine_api/networks/network.h"

namespace berth::cri {

// What one container is to have in a network.
struct EndpointPlan {
  std::optional<IpAddress> ipv4, ipv6;  // fixed; else any that is free
  bool without_ipv6 = false;            // no address of it, whatever the network has
  std::string mac;                      // empty: any
  bool default_route = false;           // by this network, unless it is internal
  bool publishes_ports = false;         // those of the pod, by this network
};

// The network for one container as a list of CNI's standard plugins: bridge with host-local, which
// keeps its leases in `lease_directory`; portmap where ports are published; firewall, which keeps
// networks of this kind apart. Pure.
std::string MakeConflist(const Network& network, const EndpointPlan& plan,
                         const std::string& lease_directory);

// What these plugins fail with, as Docker says it: Internal where one of the networks has no
// address left, else the failure itself. Pure.
absl::Status PluginRefusal(const absl::Status& failure, const std::vector<Network>& networks);

}  // namespace berth::cri
