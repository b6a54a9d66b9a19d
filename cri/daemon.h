// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "absl/status/statusor.h"

#include "cri/config.h"

namespace berth::cri {

// Everything that berthd is made of, in the order of its construction. Destroying it stops serving
// first and leaves the pods alone.
class Daemon {
 public:
  // Returns once calls are served. Unavailable when another daemon has the state directory or
  // socket.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const Config& config);
  virtual ~Daemon() = default;
};

}  // namespace berth::cri
