// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/usage/disk_usage.h"

#include <algorithm>
#include <utility>

#include "cri/engine_api/images/image_json.h"

namespace berth::cri {

ImagesUsage TellImages(const std::vector<ImageUsage>& images) {
  std::map<std::string, int> users;  // by chain id
  ImagesUsage told;
  for (const ImageUsage& each : images) {
    const size_t known = std::min(each.layers.size(), each.image.chain_ids.size());
    for (size_t i = 0; i < known; ++i) {
      if (++users[each.image.chain_ids[i]] == 1) {
        told.layers += each.layers[i];
      }
    }
  }
  for (const ImageUsage& each : images) {
    uint64_t size = 0;
    uint64_t shared = 0;
    const size_t known = std::min(each.layers.size(), each.image.chain_ids.size());
    for (size_t i = 0; i < known; ++i) {
      size += each.layers[i];
      shared += users[each.image.chain_ids[i]] > 1 ? each.layers[i] : 0;
    }
    Json entry = ImageSummary(each.image);
    entry["Size"] = size;
    entry["SharedSize"] = shared;
    entry["Containers"] = each.containers;
    told.images.push_back(std::move(entry));
  }
  return told;
}

}  // namespace berth::cri
