// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_size.h"

#include <cstdint>
#include <numeric>
#include <vector>

namespace berth::cri {

void AddSizes(const imageservice::ImageStore& images, const EngineContainerRecord& record,
              Json& entry) {
  const auto written = images.RootfsUsage(RootKeyOf(record));
  const std::vector<uint64_t> layers =
      images.LayerSizes(record.image_id).value_or(std::vector<uint64_t>());
  const uint64_t own = written.ok() ? written->bytes : 0;
  entry["SizeRw"] = own;
  entry["SizeRootFs"] = std::accumulate(layers.begin(), layers.end(), own);
}

}  // namespace berth::cri
