// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cri/engine_api/networks/endpoint.h"
#include "runtime/network/network_choice.h"

namespace berth::cri {

// What a container's pod is to be started with.
struct PodNetworking {
  NetworkKind kind = NetworkKind::kNetworks;
  std::vector<runtime::NetworkChoice> networks = {};  // of kNetworks
  std::string joined = "";                            // of kContainer: whose network
  std::vector<PublishedPort> ports = {};
  // Of resolv.conf; all three empty: as the node.
  std::vector<std::string> dns_servers = {}, dns_searches = {}, dns_options = {};
  std::string gateway = "";  // where the node is reached; empty: nowhere
};

}  // namespace berth::cri
