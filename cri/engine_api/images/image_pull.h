// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"

#include "cri/engine_api/exchange.h"
#include "imageservice/image_store.h"

namespace berth::cri {

// POST /images/create with fromImage: one image, or with neither tag nor digest all that the
// registry has of the repository, one after the other until one fails.
absl::Status PullImages(Exchange& exchange, imageservice::ImageStore& images);

}  // namespace berth::cri
