// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

// What a build may have, for the daemon and its command alike.
namespace berth::imageservice {

inline constexpr size_t kMaxDockerfile = 4 << 20;  // bytes
inline constexpr size_t kMaxSecrets = 32 << 10;    // bytes of all of a build

}  // namespace berth::imageservice
