// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "cri/engine_api/networks/endpoint.h"
#include "cri/engine_api/networks/network.h"
#include "runtime/network/network_choice.h"

namespace berth::cri {

// What a container has of networks while it runs.
struct LiveNetworking {
  std::string pod_id;
  std::string namespace_path;
  std::vector<PublishedPort> ports;
  std::vector<runtime::AttachedInterface> interfaces;
};

// NetworkSettings as inspect tells it; `live` is null for a container that does not run. `networks`
// has those of the endpoints and the predefined ones, by id. Pure.
Json NetworkSettings(const ContainerNetworking& networking,
                     const std::map<std::string, Network>& networks, const LiveNetworking* live);

// Ports as GET /containers/json lists them. Pure.
Json PortList(const ContainerNetworking& networking, const LiveNetworking* live);

}  // namespace berth::cri
