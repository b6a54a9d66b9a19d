// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/strings/string_view.h"

#include "cri/engine_api/networks/ip_prefix.h"

namespace berth::cri {

// Where the node's routes of IPv4 lead, without the default route and those by the interface
// `besides`; of a text as /proc/net/route has. Pure.
std::vector<IpPrefix> ParseRoutes(absl::string_view text, absl::string_view besides);

// Those of the daemon's network namespace; none when they cannot be read.
std::vector<IpPrefix> ReadRoutes(absl::string_view besides);

}  // namespace berth::cri
