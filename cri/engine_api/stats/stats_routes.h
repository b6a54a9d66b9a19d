// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/router.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// /containers/{id}/stats and …/top. What is given must outlive the router.
void AddStatsRoutes(Router& router, const ContainerEngine& engine,
                    const runtime::PodRuntime& runtime, EventHub& events);

}  // namespace berth::cri
