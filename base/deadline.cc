// SPDX-License-Identifier: Apache-2.0
#include "base/deadline.h"

#include <algorithm>

#include "base/sys/clock.h"

namespace berth {

int64_t MonotonicDeadline(absl::Time deadline) {
  return std::max(absl::ToUnixNanos(deadline), sys::MonotonicTime());
}

int PollTimeout(absl::Time deadline) {
  return sys::PollTimeout(MonotonicDeadline(deadline));
}

}  // namespace berth
