// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace berth::imageservice {

// A container's root filesystem: directories of the host for an overlay, topmost lower layer first.
// `upper` and `work` are empty for a read-only view.
struct Rootfs {
  std::vector<std::string> lower;
  std::string upper;
  std::string work;
};

}  // namespace berth::imageservice
