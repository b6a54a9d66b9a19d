// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "imageservice/image_store.h"

// What images, containers, volumes and builds occupy, as GET /system/df tells it. Pure.
namespace berth::cri {

struct ImageUsage {
  imageservice::Image image;
  std::vector<uint64_t> layers;  // unpacked, lowest first: of image.chain_ids
  int64_t containers = 0;        // made from it
};

// Each image with what it shares with others; what all layers occupy, each once.
struct ImagesUsage {
  Json images = Json::array();
  uint64_t layers = 0;
};
ImagesUsage TellImages(const std::vector<ImageUsage>& images);

}  // namespace berth::cri
