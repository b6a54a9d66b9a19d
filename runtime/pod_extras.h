// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/network/network_choice.h"

namespace berth::runtime {

// By whose door a pod came. Numbers are on disk.
enum class PodOwner : uint8_t { kCri = 0, kEngine = 1 };

// What a pod is to have beyond its request, because a PodSandboxConfig has no field for it. On
// record.
struct PodExtras {
  PodOwner owner = PodOwner::kCri;
  std::vector<std::string> hosts = {};  // lines of /etc/hosts beyond its own
  uint64_t shm_size = 0;                // bytes of /dev/shm; 0: the usual
  bool isolated = false;                // a network of its own, with nothing in it but lo
  // Instead of the node's network, in this order; the first one's addresses are the pod's.
  std::vector<NetworkChoice> networks = {};
  // The id of a pod whose network it shares, with what its files say of that; empty: none.
  std::string network_of = "";
  // The id of a pod whose IPC and /dev/shm it shares; empty: none. That one has its own, not the
  // node's.
  std::string ipc_of = "";
  bool host_uts = false;         // the node's hostname, though the network is its own
  bool own_uts = false;          // a hostname of its own, though the network is the node's
  std::string domain_name = "";  // beside its hostname; empty: none
  // Of this call only, not on record: a pod that is there already, or that another call is making,
  // is no answer.
  bool must_be_new = false;
};

}  // namespace berth::runtime
