// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/time/time.h"

// Deadlines, times of SteadyNow(), as base/sys and poll(2) take them.
namespace berth {

// A value of sys::MonotonicTime(), not before now; kNoDeadline for what is too far away.
int64_t MonotonicDeadline(absl::Time deadline);

// Milliseconds, rounded up: 0 when it has passed, -1 for InfiniteFuture.
int PollTimeout(absl::Time deadline);

}  // namespace berth
