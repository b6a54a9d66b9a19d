// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"

#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/networks/network_registry.h"
#include "cri/engine_api/router.h"

namespace berth::cri {

// The id of the container that a client names; NotFound in Docker's words.
using ContainerFinder = std::function<absl::StatusOr<std::string>(const std::string& name)>;

// /networks/…. `networks` must outlive the router.
void AddNetworkRoutes(Router& router, NetworkRegistry& networks, ContainerFinder find_container,
                      EventHub& events);

}  // namespace berth::cri
