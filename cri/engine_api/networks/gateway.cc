// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/gateway.h"

#include <iterator>
#include <optional>
#include <tuple>

#include "absl/algorithm/container.h"

#include "cri/engine_api/networks/ip_prefix.h"

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

std::vector<std::string> ServersInside(const std::vector<std::string>& servers,
                                       const std::vector<Endpoint>& endpoints,
                                       const std::map<std::string, Network>& networks) {
  std::vector<std::string> inside;
  absl::c_copy_if(servers, std::back_inserter(inside), [&](const std::string& server) {
    const std::optional<IpAddress> address = ParseIpAddress(server);
    return address.has_value() && absl::c_any_of(endpoints, [&](const Endpoint& endpoint) {
             const auto network = networks.find(endpoint.network);
             return network != networks.end() &&
                    absl::c_any_of(network->second.subnets, [&](const Subnet& subnet) {
                      return subnet.prefix.Contains(*address);
                    });
           });
  });
  return inside;
}

}  // namespace berth::cri
