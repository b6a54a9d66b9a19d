// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"

#include "base/json.h"
#include "cri/engine_api/exchange.h"
#include "imageservice/image_store.h"

namespace berth::cri {

// GET /distribution/{name}/json: what the registry has by that name, without a pull; 401 and 403
// where it refuses.
absl::Status SendDistribution(Exchange& exchange, imageservice::ImageStore& images,
                              const std::string& name);

// As Docker's DistributionInspect. Pure.
Json DistributionJson(const imageservice::RemoteImage& image);

}  // namespace berth::cri
