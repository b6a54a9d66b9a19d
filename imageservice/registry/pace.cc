// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/pace.h"

namespace berth::imageservice {

void Pace::Take(uint64_t bytes, absl::Time now) {
  bytes_ += bytes;
  const double seconds = absl::ToDoubleSeconds(now - last_progress_);
  if (static_cast<double>(bytes_) >= seconds * static_cast<double>(kLeastSpeed)) {
    last_progress_ = now;
    bytes_ = 0;
  }
}

}  // namespace berth::imageservice
