// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/router.h"
#include "cri/engine_api/system_facts.h"
#include "imageservice/image_store.h"
#include "runtime/pod_runtime.h"

// The endpoints of the Engine API that belong to no subject with a folder of its own. What is given
// must outlive the router.
namespace berth::cri {

// Those of this API. Called from any thread.
using CountContainers = std::function<ContainerCounts()>;

// What /info tells of the daemon's configuration.
struct DaemonPlaces {
  std::string root;
  std::vector<std::string> cdi_spec_dirs;
};

// /_ping, /version, /info.
void AddSystemRoutes(Router& router, const imageservice::ImageStore& images,
                     const runtime::PodRuntime& runtime, const DaemonPlaces& places,
                     CountContainers count);

// /events.
void AddEventRoutes(Router& router, EventHub& events);

// What Docker has and we have not: swarm and its parts, plugins, sessions. Each is refused in
// Docker's form.
void AddRefusals(Router& router);

}  // namespace berth::cri
