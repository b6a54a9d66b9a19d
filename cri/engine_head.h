// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace berth::cri {

// Bytes of the head of a request of Docker's API.
inline constexpr size_t kMaxEngineHead = 64 << 10;

}  // namespace berth::cri
