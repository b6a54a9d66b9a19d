// SPDX-License-Identifier: Apache-2.0
#include "base/deadline.h"

#include <algorithm>

#include "absl/time/clock.h"

#include "base/sys/clock.h"

namespace berth {

int64_t MonotonicDeadline(absl::Time deadline) {
  const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(left);  // at most INT64_MAX
  const int64_t now = sys::MonotonicTime();
  return nanoseconds > sys::kNoDeadline - now ? sys::kNoDeadline : now + nanoseconds;
}

int PollTimeout(absl::Time deadline) {
  return sys::PollTimeout(MonotonicDeadline(deadline));
}

}  // namespace berth
