// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/strings/string_view.h"

#include "cri/engine_api/networks/ip_prefix.h"

namespace berth::cri {

// Where the node's routes of IPv4 lead, without the default route; of a text as /proc/net/route
// has. Pure.
std::vector<IpPrefix> ParseRoutes(absl::string_view text);

// Those of the daemon's network namespace; none when they cannot be read.
std::vector<IpPrefix> ReadRoutes();

}  // namespace berth::cri
