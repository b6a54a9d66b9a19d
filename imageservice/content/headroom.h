// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/status/status.h"

// What images leave free of a filesystem, so that the databases, logs and containers on it go on
// while one is pulled that is too large.
namespace berth::imageservice {

inline constexpr uint64_t kLeastHeadroom = 64ULL << 20;
inline constexpr uint64_t kMostHeadroom = 10ULL << 30;

// Of so many bytes: the twentieth part, but at least kLeastHeadroom or, of a small filesystem, the
// eighth part, and at most kMostHeadroom.
uint64_t HeadroomBytes(uint64_t total);
// The twentieth part; 0 where the filesystem does not count them.
uint64_t HeadroomInodes(uint64_t total);

// ResourceExhausted when the filesystem of the file or directory has no more left than that.
absl::Status CheckHeadroom(int fd);

}  // namespace berth::imageservice
