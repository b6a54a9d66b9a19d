// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/router.h"
#include "cri/engine_api/volumes/volume_store.h"

namespace berth::cri {

// /volumes/…. `volumes` must outlive the router.
void AddVolumeRoutes(Router& router, VolumeStore& volumes, EventHub& events);

}  // namespace berth::cri
