// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/gateway.h"

#include <tuple>

namespace berth::cri {

std::string ChooseGateway(const std::vector<Endpoint>& endpoints,
                          const std::map<std::string, Network>& networks) {
  const Endpoint* best = nullptr;
  const auto rank = [&](const Endpoint& endpoint) {
    return std::tuple(-endpoint.gateway_priority, networks.at(endpoint.network).name);
  };
  for (const Endpoint& endpoint : endpoints) {
    const auto network = networks.find(endpoint.network);
    if (network != networks.end() && !network->second.internal &&
        (best == nullptr || rank(endpoint) < rank(*best))) {
      best = &endpoint;
    }
  }
  return best == nullptr ? "" : best->network;
}

}  // namespace berth::cri
