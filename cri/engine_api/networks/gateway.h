// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cri/engine_api/networks/endpoint.h"
#include "cri/engine_api/networks/network.h"

namespace berth::cri {

// The one of a container's networks that has its default route and its published ports, by id: that
// of the highest priority, then the first one by name. Empty when all are internal, or none is
// among `networks`, which are by id. Pure.
std::string ChooseGateway(const std::vector<Endpoint>& endpoints,
                          const std::map<std::string, Network>& networks);

// Those of the servers, by their addresses, that are in one of the container's networks: who is in
// internal ones alone reaches no others. Pure.
std::vector<std::string> ServersInside(const std::vector<std::string>& servers,
                                       const std::vector<Endpoint>& endpoints,
                                       const std::map<std::string, Network>& networks);

}  // namespace berth::cri
