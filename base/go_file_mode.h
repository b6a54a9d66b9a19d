// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <cstdint>

namespace berth {

// What of Go's os.FileMode others look for.
inline constexpr uint32_t kGoDirectory = 1U << 31;
inline constexpr uint32_t kGoSymlink = 1U << 27;

// A mode of Linux as Go's. Pure.
uint32_t GoFileMode(mode_t mode);

}  // namespace berth
