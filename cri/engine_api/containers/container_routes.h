// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/router.h"
#include "runtime/pod_runtime.h"

// What is given must outlive the router.
namespace berth::cri {

// /containers/…, but its streams.
void AddContainerRoutes(Router& router, ContainerEngine& engine, const EngineParts& parts);

// The streams of containers: attach, logs and resize.
void AddContainerStreamRoutes(Router& router, ContainerEngine& engine, runtime::PodRuntime& runtime,
                              EventHub& events);

}  // namespace berth::cri
