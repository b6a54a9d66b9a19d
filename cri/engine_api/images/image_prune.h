// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/exchange.h"
#include "cri/engine_api/images/image_removal.h"
#include "imageservice/image_store.h"

namespace berth::cri {

// POST /images/prune: removes the images that no container was made from and, unless the filter
// `dangling` is false, that have no name. Filters: dangling, label, label!, until (when an image
// was made: seconds of Unix, RFC 3339, or a duration before now). Returns what went, and the bytes;
// an image that cannot be removed stays, with a warning in the log.
absl::StatusOr<std::string> PruneImages(imageservice::ImageStore& images, const ListImageUses& uses,
                                        EventHub& events, const Exchange& exchange);

}  // namespace berth::cri
