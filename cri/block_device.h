// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace berth::cri {

// /dev/sda by the links below `links`, which is /sys/dev/block but in tests; "8:0" for a device
// that has none there.
std::string BlockDeviceName(const std::string& links, uint32_t major, uint32_t minor);

}  // namespace berth::cri
