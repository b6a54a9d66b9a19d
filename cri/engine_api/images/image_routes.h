// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/images/image_removal.h"
#include "cri/engine_api/router.h"
#include "imageservice/image_store.h"

namespace berth::cri {

// /images/… What is given must outlive the router.
void AddImageRoutes(Router& router, imageservice::ImageStore& images, ListImageUses uses,
                    EventHub& events);

}  // namespace berth::cri
