// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/router.h"
#include "runtime/pod_runtime.h"

// What is given must outlive the router.
namespace berth::cri {

// The ids of a container's commands that have not ended.
using ListExecs = std::function<std::vector<std::string>(const std::string& container_id)>;

// /containers/…, but its streams.
void AddContainerRoutes(Router& router, ContainerEngine& engine, const EngineParts& parts,
                        ListExecs execs);

// The streams of containers: attach, logs and resize.
void AddContainerStreamRoutes(Router& router, ContainerEngine& engine, runtime::PodRuntime& runtime,
                              EventHub& events);

}  // namespace berth::cri
