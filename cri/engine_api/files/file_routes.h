// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/router.h"

namespace berth::cri {

// The files of containers: docker cp, export, diff and commit. What is given must outlive the
// router.
void AddFileRoutes(Router& router, ContainerEngine& engine, const EngineParts& parts);

}  // namespace berth::cri
