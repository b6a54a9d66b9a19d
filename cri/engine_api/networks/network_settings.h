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

// As API versions before 1.45 have it: the aliases in networks that people have made contain the
// short id and the hostname, too. docker-compose 1 knows by that that there is nothing to connect.
void AddIdsToAliases(const std::string& container_id, const std::string& hostname, Json& settings);

// Ports as GET /containers/json lists them, from the same. Pure.
Json PortList(const ContainerNetworking& networking, const std::map<std::string, Network>& networks,
              const LiveNetworking* live);

}  // namespace berth::cri
