// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cri/engine_api/router.h"
#include "imageservice/image_store.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// /images/… Both outlive the router.
void AddImageRoutes(Router& router, imageservice::ImageStore& images,
                    const runtime::PodRuntime& runtime);

}  // namespace berth::cri
