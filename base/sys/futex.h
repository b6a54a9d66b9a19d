// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace berth::sys {

// Sleeps while `word` is `value`, until woken (futex(2), FUTEX_WAKE_PRIVATE); may return early.
// False when `deadline`, a value of MonotonicTime(), has passed.
bool WaitOnFutex(std::atomic<int32_t>& word, int32_t value, int64_t deadline);

}  // namespace berth::sys
