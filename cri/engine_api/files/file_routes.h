// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/router.h"
#include "imageservice/image_store.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// The files of containers: docker cp and export. What is given must outlive the router.
void AddFileRoutes(Router& router, ContainerEngine& engine, imageservice::ImageStore& images,
                   const runtime::PodRuntime& runtime);

}  // namespace berth::cri
