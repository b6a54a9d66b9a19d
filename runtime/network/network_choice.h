// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace berth::runtime {

// A network that is not of the node's configuration directories, and the pod's interface in it.
struct NetworkChoice {
  std::string config;     // a configuration list with all its plugins, as of a .conflist
  std::string interface;  // eth0, eth1, …

  bool operator==(const NetworkChoice&) const = default;
};

// What a pod has in one network.
struct AttachedInterface {
  std::string network;
  std::string interface;
  std::string mac;
  std::vector<std::string> addresses;  // with prefix length, IPv4 first
  std::vector<std::string> gateways;   // of the addresses; empty: none
};

}  // namespace berth::runtime
