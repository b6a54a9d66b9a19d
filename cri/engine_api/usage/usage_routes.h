// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/router.h"
#include "imageservice/build/builder.h"

namespace berth::cri {

// GET /system/df; with `type` (container, image, volume, build-cache) of those alone. What is given
// must outlive the router.
void AddUsageRoutes(Router& router, ContainerEngine& engine, const EngineParts& parts,
                    imageservice::Builder& builder);

}  // namespace berth::cri
