// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "imageservice/image_store.h"

// Images as the Engine API tells of them. `config` is the image's own document. Pure.
namespace berth::cri {

// An entry of GET /images/json.
Json ImageSummary(const imageservice::Image& image);

// GET /images/{name}/json.
Json ImageDetails(const imageservice::Image& image, const Json& config);

// GET /images/{name}/history: newest first. `layer_sizes` are those of the layers, lowest first.
Json ImageHistory(const imageservice::Image& image, const Json& config,
                  const std::vector<uint64_t>& layer_sizes);

// Seconds since 1970 of an RFC 3339 time; 0 for none.
int64_t UnixSeconds(const std::string& rfc3339);

}  // namespace berth::cri
