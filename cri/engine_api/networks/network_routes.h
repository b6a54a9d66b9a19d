// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "base/keyed_holds.h"
#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/networks/network_registry.h"
#include "cri/engine_api/router.h"

namespace berth::cri {

struct HeldContainer {
  std::string id;
  KeyedHolds::Hold hold;
};

// Holds the container that a client names, so that it is in one change of its networks at a time,
// and neither starts nor ends meanwhile; NotFound in Docker's words.
using ContainerHolder =
    std::function<absl::StatusOr<HeldContainer>(const Call& call, const std::string& name)>;

// /networks/…. `networks` must outlive the router.
void AddNetworkRoutes(Router& router, NetworkRegistry& networks, ContainerHolder hold_container,
                      EventHub& events);

}  // namespace berth::cri
