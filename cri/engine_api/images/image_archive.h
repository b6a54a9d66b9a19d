// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/exchange.h"
#include "imageservice/image_store.h"

// Images as archives: docker save, docker load.
namespace berth::cri {

// GET /images/get and /images/{name}/get.
absl::Status SaveImages(Exchange& exchange, imageservice::ImageStore& images, EventHub& events,
                        const std::vector<std::string>& names);

// POST /images/load.
absl::Status LoadImages(Exchange& exchange, imageservice::ImageStore& images);

}  // namespace berth::cri
