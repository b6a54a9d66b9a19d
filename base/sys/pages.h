// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace berth::sys {

inline constexpr size_t kPageSize = 4096;  // the smallest there is

// Gives the pages of private memory back, which reads as zeros then. `begin` and `size` are
// multiples of kPageSize; where pages are larger nothing may happen.
void ReleasePages(void* begin, size_t size);

// What lies between gets no huge pages: one touched byte of it takes a page of the smallest size,
// also where the node gives huge ones to everybody.
void UseSmallPages(void* begin, size_t size);

}  // namespace berth::sys
