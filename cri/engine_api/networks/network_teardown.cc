// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_teardown.h"

#include <fcntl.h>

#include "base/path.h"
#include "base/status.h"
#include "base/sys/bridge.h"
#include "base/sys/removal.h"
#include "cri/engine_api/networks/network_isolation.h"

namespace berth::cri {

absl::Status TearDownNetwork(const Call& call, const Network& network,
                             const std::string& lease_directory) {
  if (!network.is_bridge()) {
    return absl::OkStatus();
  }
  const std::string bridge = network.bridge();
  if (bridge.size() <= kMaxBridgeName) {  // else no interface could ever have it
    ForgetIsolation(call, bridge);
    RETURN_IF_ERROR(ToStatus(sys::RemoveBridge(bridge.c_str()), "remove the bridge ", bridge));
  }
  const std::string leases = JoinPath(lease_directory, network.cni_name());
  return ToStatus(sys::RemoveTree(AT_FDCWD, leases.c_str()), "remove ", leases);
}

}  // namespace berth::cri
