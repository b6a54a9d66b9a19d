// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/exchange.h"
#include "imageservice/image_store.h"

namespace berth::cri {

// POST /images/create with fromSrc: an image of one layer, out of the archive that is the request's
// body ("-") or is fetched from an address, packed with whatever; its configuration is what
// `changes` say.
absl::Status ImportImage(Exchange& exchange, imageservice::ImageStore& images, EventHub& events);

// The instructions of the parameter `changes`, which may come often and with many lines. Pure.
std::vector<std::string> ReadChanges(const EngineRequest& request);

}  // namespace berth::cri
