// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cri/engine_api/networks/network.h"

namespace berth::cri {

// A bridge of 172.18.0.0/16.
inline Network MakeNetwork(const std::string& name) {
  Network network;
  network.id = std::string(64, 'a');
  network.name = name;
  network.subnets = {{*ParseIpPrefix("172.18.0.0/16"), *ParseIpAddress("172.18.0.1"), {}}};
  return network;
}

}  // namespace berth::cri
