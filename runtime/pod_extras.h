// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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
};

}  // namespace berth::runtime
