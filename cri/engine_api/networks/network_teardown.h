// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"

#include "base/call.h"
#include "cri/engine_api/networks/network.h"

namespace berth::cri {

// Removes what CNI's plugins keep of a network when all its containers have gone: its bridge, the
// rules that keep it apart from others, the directory of its leases. Absence is success, so that it
// can be tried again.
absl::Status TearDownNetwork(const Call& call, const Network& network,
                             const std::string& lease_directory);

}  // namespace berth::cri
